-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Reductions, and cumulative sums, over the second dimension of x (4, 4): dx = dy times a slope as wide as x.
local sg = require "selenograd"
local s = require "mutants.support"

local dim = {2}

local function default_inputs() return {s.away_from_zero(41, 0.3, 4, 4)} end
local function distinct_inputs() return {s.distinct(42, 0.25, 4, 4)} end

-- f(x) keeps the dimension; gradient(dy, x, y) is of x's shape.
local function family(name, f, gradient, mistakes, inputs, right)
  local function op(m)
    return {
      forward = function(ctx, x)
        local y = f(x)
        ctx:save(x, y)
        return y
      end,
      backward = function(ctx, dy)
        local x, y = ctx:saved()
        return (m.gradient or gradient)(dy, x, y)
      end,
    }
  end
  return {name = name, group = "reductions", names = {"x"}, inputs = inputs or default_inputs, op = op,
          mistakes = mistakes, right = right}
end

local function gradient(name, f, says) return {name = name, gradient = f, says = says} end
local function centred(x) return x - s.mean(x, dim) end

-- The sum of x[i, 1 .. j] as a product with a triangle of ones.
local function triangle(n)
  local rows = {}
  for i = 1, n do
    rows[i] = {}
    for j = 1, n do rows[i][j] = i <= j and 1 or 0 end
  end
  return s.f64(rows)
end

-- The product of each row, from 4 factors.
local function column(x, j) return x[{ {}, {j, j} }] end
local function row_product(x) return column(x, 1) * column(x, 2) * column(x, 3) * column(x, 4) end
local function product_of_others(x)
  local a, b, c, d = column(x, 1), column(x, 2), column(x, 3), column(x, 4)
  return sg.cat({b * c * d, a * c * d, a * b * d, a * b * c}, 2)
end

local function softmax(x) return sg.softmax(x, {dim = 2}) end
local function log_sum_exp(x) return s.sum(sg.exp(x), dim):log() end
local function length(x) return sg.sqrt(s.sum(x * x, dim)) end
local function largest(x) return sg.amax(x, {dim = 2, keepdim = true}) end
local function where_largest(x) return sg.eq(x, s.expand(largest(x), x)) end

return {
  family("sum", function(x) return s.sum(x, dim) end, function(dy, x) return s.expand(dy, x) end, {
    gradient("averaged", function(dy, x) return s.expand(dy, x) * 0.25 end, "factor"),
    gradient("along the other dimension", function(dy, x) return s.expand(s.transposed(dy), x) end, "transposed"),
    gradient("of the first row everywhere", function(dy, x) return s.expand(dy[{ {1, 1} }], x) end),
    gradient("of the first column only", function(dy, x) return s.expand(dy, x) * s.f64({1, 0, 0, 0}) end),
    s.cotangent_mean(),
  }),
  family("mean", function(x) return s.mean(x, dim) end, function(dy, x) return s.expand(dy, x) / 4 end, {
    gradient("1 / N missing", function(dy, x) return s.expand(dy, x) end, "factor"),
    gradient("1 / (N - 1)", function(dy, x) return s.expand(dy, x) / 3 end, "factor"),
    gradient("1 / all elements", function(dy, x) return s.expand(dy, x) / 16 end, "factor"),
    s.transpose(1),
  }),
  family("var", function(x) return sg.var(x, {dim = 2, keepdim = true}) end,
    function(dy, x) return dy * centred(x) * (2 / 3) end, {
      gradient("N for N - 1", function(dy, x) return dy * centred(x) * 0.5 end, "factor"),
      gradient("2 missing", function(dy, x) return dy * centred(x) / 3 end, "factor"),
      gradient("not centred", function(dy, x) return dy * x * (2 / 3) end),
      gradient("centred by the mean of all", function(dy, x) return dy * (x - x:mean()) * (2 / 3) end), s.sign(1),
    }),
  family("std", function(x) return sg.sqrt(sg.var(x, {dim = 2, keepdim = true})) end,
    function(dy, x, y) return dy * centred(x) / y / 3 end, {
      gradient("not divided by y", function(dy, x) return dy * centred(x) / 3 end),
      gradient("divided by y^2", function(dy, x, y) return dy * centred(x) / (y * y) / 3 end),
      gradient("N for N - 1", function(dy, x, y) return dy * centred(x) / y / 4 end, "factor"),
    }),
  family("product", row_product, function(dy, x) return dy * product_of_others(x) end, {
    gradient("the product itself", function(dy, x, y) return s.expand(dy * y, x) end),
    gradient("y x for y / x", function(dy, x, y) return dy * y * x end),
    gradient("the others exchanged", function(dy, x) return dy * s.rolled(product_of_others(x), 1) end), s.roll(1),
  }),
  family("product with a zero", row_product, function(dy, x) return dy * product_of_others(x) end, {
    gradient("y / x, 0 / 0 at 0", function(dy, x, y) return dy * y / x end, "finite"),
    gradient("zero where x is zero", function(dy, x) return dy * product_of_others(x) * x:abs():sign() end),
  }, function() return {s.f64({{0.7, 0, -1.2, 2}, {1, 2, -0.5, 0.3}, {0.2, -0.4, 1.5, 0}, {1, 1.1, 0.9, -1}})} end),
  family("log-sum-exp", log_sum_exp, function(dy, x) return dy * softmax(x) end, {
    gradient("not normalized", function(dy, x) return dy * sg.exp(x) end),
    gradient("uniform", function(dy, x) return s.expand(dy, x) * 0.25 end),
    gradient("softmax over the other dimension", function(dy, x) return dy * sg.softmax(x, {dim = 1}) end),
    {name = "of the largest only", gradient = function(dy, x) return dy * where_largest(x) end, denies = "chain"},
    s.relative(1, 1e-6),
  }),
  family("norm", length, function(dy, x, y) return dy * x / y end, {
    gradient("not divided", function(dy, x) return dy * x end),
    gradient("of the square", function(dy, x) return dy * x * 2 end),
    gradient("divided by the square", function(dy, x, y) return dy * x / (y * y) end),
    gradient("of the sum of sizes", function(dy, x) return dy * x:sign() end),
  }),
  family("max", largest, function(dy, x) return dy * where_largest(x) end, {
    gradient("to all", function(dy, x) return s.expand(dy, x) end),
    gradient("to the next element", function(dy, x) return dy * s.rolled(where_largest(x), 1) end),
    gradient("to the smallest", function(dy, x) return dy * where_largest(-x) end),
    gradient("to the largest of the column", function(dy, x)
      return dy * sg.eq(x, s.expand(sg.amax(x, {dim = 1, keepdim = true}), x))
    end), gradient("shared by all", function(dy, x) return s.expand(dy, x) * 0.25 end),
  }, distinct_inputs),
  family("max with a tie", largest, function(dy, x)
    return dy * where_largest(x) / s.sum(where_largest(x), dim)
  end, {
    gradient("twice to each", function(dy, x) return dy * where_largest(x) * 2 end),
    gradient("against the sign", function(dy, x) return -(dy * where_largest(x)) end),
  }, function()
    return {s.f64({{1, 1, 0.2, 0.5}, {0.3, 2, -1, 0.9}, {0.1, 0.2, 0.3, 0.4}, {-1, -2, -3, -4}})}
  end, "nondifferentiable"),
  family("cumulative sum", function(x) return sg.matmul(x, triangle(4)) end,
    function(dy) return sg.matmul(dy, s.transposed(triangle(4))) end, {
      gradient("not reversed", function(dy) return sg.matmul(dy, triangle(4)) end),
      gradient("without the element itself", function(dy) return sg.matmul(dy, s.transposed(triangle(4))) - dy end),
      gradient("total for all", function(dy, x) return s.expand(s.sum(dy, dim), x) end),
      gradient("along the columns", function(dy) return sg.matmul(triangle(4), dy) end),
    }),
}
