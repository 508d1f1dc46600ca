-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Selecting, placing and rearranging elements. What is selected twice gets the sum of both gradients.
local sg = require "selenograd"
local s = require "mutants.support"

local function family(name, shapes, f, gradients, mistakes)
  return {name = name, group = "indexing, shapes", names = {"a", "b"}, mistakes = mistakes,
          inputs = s.filled(s.normal, 80, shapes), op = s.of_arguments(f, gradients)}
end

local function gradients(name, f, says)
  return {name = name, gradients = f, says = says, raises = says == "shape" and "shape" or nil}
end
local function like_zero(x) return s.zeros(x.shape) end
local function rows(x, first, last) return x[{ {first, last} }] end

local chosen = s.i64({2, 4, 2, 1, 2})
local chosen_shifted = s.i64({3, 1, 3, 2, 3})
local last_of_each = s.f64({{0}, {0}, {0}, {1}, {1}}) -- the last of the repeated rows, and the single ones
last_of_each[2] = s.f64({1})

local lines = s.i64({{1, 3, 3}, {2, 2, 1}})
local lines_shifted = s.i64({{2, 4, 4}, {3, 3, 2}})

local function select(x) return sg.index_select(x, chosen) end
local function select_gradient(dy, x) return sg.index_add(like_zero(x), chosen, dy) end
local function gather(x) return sg.gather(x, lines, {dim = 2}) end
local function gather_gradient(dy, x) return sg.scatter_add(like_zero(x), lines, dy, {dim = 2}) end
local function scatter(x, source) return sg.scatter_add(x, lines, source, {dim = 2}) end

local function cut(x) return x[{ {2, 3}, {1, 3} }] end
local function placed(dy, x, row, column)
  return sg.embed(dy, {shape = x.shape, start = {row, column}, stop = {row + 1, column + 2}})
end

local order, inverse = {3, 1, 2}, {2, 3, 1}
local upper = s.f64({{1, 1, 1, 1}, {0, 1, 1, 1}, {0, 0, 1, 1}, {0, 0, 0, 1}})

return {
  family("index_select", {{4, 3}}, select, select_gradient, {
    gradients("repeated rows not added", function(dy, x) return select_gradient(dy * last_of_each, x) end),
    gradients("rows counted from 0", function(dy, x) return sg.index_add(like_zero(x), chosen_shifted, dy) end),
    gradients("in order, not by index", function(dy) return rows(dy, 1, 4) end),
    gradients("repeated rows averaged", function(dy, x)
      return select_gradient(dy, x) / s.f64({{1}, {3}, {1}, {1}})
    end),
    s.roll(1), s.zero(1),
  }),
  family("gather", {{2, 4}}, gather, gather_gradient, {
    gradients("repeated elements not added", function(dy, x)
      return gather_gradient(dy * s.f64({{1, 0, 1}, {0, 1, 1}}), x)
    end),
    gradients("positions counted from 0", function(dy, x)
      return sg.scatter_add(like_zero(x), lines_shifted, dy, {dim = 2})
    end),
    gradients("positions of the other line", function(dy, x)
      return sg.scatter_add(like_zero(x), sg.cat({rows(lines, 2, 2), rows(lines, 1, 1)}, 1), dy, {dim = 2})
    end),
  }),
  family("scatter_add", {{2, 4}, {2, 3}}, scatter, function(dy) return dy, gather(dy) end, {
    gradients("source in order", function(dy) return dy, dy[{ {}, {1, 3} }] end),
    gradients("x zero where added to", function(dy)
      return dy * sg.eq(sg.scatter_add(like_zero(dy), lines, s.ones({2, 3}), {dim = 2}), like_zero(dy)), gather(dy)
    end),
    s.sign(2), s.missing(1),
  }),
  family("range", {{4, 4}}, cut, function(dy, x) return placed(dy, x, 2, 1) end, {
    gradients("a row too early", function(dy, x) return placed(dy, x, 1, 1) end, "roll"),
    gradients("a column too late", function(dy, x) return placed(dy, x, 2, 2) end, "roll"),
    gradients("ones outside", function(dy, x) return placed(dy - 1, x, 2, 1) + 1 end), s.transpose(1),
  }),
  family("cat", {{2, 3}, {2, 3}}, function(a, b) return sg.cat({a, b}, 1) end,
    function(dy) return rows(dy, 1, 2), rows(dy, 3, 4) end, {
      s.exchange(1, 2), s.missing(2), gradients("the first part twice", function(dy)
        return rows(dy, 1, 2), rows(dy, 1, 2)
      end, "exchanged"),
      gradients("a row too early", function(dy) return rows(dy, 1, 2), rows(dy, 2, 3) end),
    }),
  family("permute (3, 3, 3)", {{3, 3, 3}}, function(x) return x:permute(order) end,
    function(dy) return dy:permute(inverse) end, {
      gradients("not inverted", function(dy) return dy:permute(order) end),
      gradients("not permuted", function(dy) return dy * 1 end), s.transpose(1),
    }),
  family("transpose (4, 4)", {{4, 4}}, function(x) return s.transposed(x) end,
    function(dy) return s.transposed(dy) end, {
      gradients("a view of the same elements", function(dy) return dy * 1 end, "transposed"), s.roll(1),
    }),
  family("roll", {{3, 4}}, function(x) return s.rolled(x, 2) end, function(dy) return s.rolled(dy, 10) end, {
    gradients("in the same direction", function(dy) return s.rolled(dy, 2) end, "roll"),
    gradients("by one less", function(dy) return s.rolled(dy, 11) end, "roll"),
  }),
  family("expand", {{1, 3}}, function(x) return sg.expand(x, {shape = {4, 3}}) end,
    function(dy) return s.sum(dy, {1}) end, {
      gradients("averaged", function(dy) return s.mean(dy, {1}) end, "factor"),
      gradients("the first row", function(dy) return rows(dy, 1, 1) end, "reduction"),
    }),
  family("upper triangle", {{4, 4}}, function(x) return x * upper end, function(dy) return dy * upper end, {
    gradients("lower triangle", function(dy) return dy * s.transposed(upper) end),
    gradients("everything", function(dy) return dy * 1 end),
    gradients("without the diagonal", function(dy) return dy * (1 - s.transposed(upper)) end),
  }),
  family("reshape (4, 3) to (3, 4)", {{4, 3}}, function(x) return x:reshape({3, 4}) end,
    function(dy) return dy:reshape({4, 3}) end, {
      gradients("transposed for reshaped", function(dy) return s.transposed(dy) * 1 end),
      gradients("not reshaped", function(dy) return dy * 1 end, "shape"),
    }),
}
