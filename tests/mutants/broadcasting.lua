-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Functions of two tensors that broadcast: the gradient of the smaller one is summed over what it was broadcast to.
local sg = require "selenograd"
local s = require "mutants.support"

-- f(a, b); slopes(a, b, y, m) gives dy/da and dy/db before the reduction.
local function family(name, shapes, f, slopes, mistakes, make)
  local function op(m)
    return {
      forward = function(ctx, a, b)
        local y = f(a, b)
        ctx:save(a, b, y)
        return y
      end,
      backward = function(ctx, dy)
        local a, b, y = ctx:saved()
        local of_a, of_b = (m.slopes or slopes)(a, b, y)
        local reduce = m.reduce or s.sum_to
        return s.sum_to(dy * of_a, a), reduce(dy * of_b, b)
      end,
    }
  end
  local function inputs()
    return {(make or s.away_from_zero)(31, 0.2, table.unpack(shapes[1])),
            (make or s.away_from_zero)(32, 0.2, table.unpack(shapes[2]))}
  end
  return {name = name, group = "broadcasting", names = {"a", "b"}, inputs = inputs, op = op, mistakes = mistakes}
end

local function averaged(x, like) return s.sum_to(x, like) * (like:numel() / x:numel()) end
local function first_row(x, like) return s.like(x[{ {1, 1} }], like) end
local function last_row(x, like) return s.like(x[{ {x:size(1), x:size(1)} }], like) end
local function without_reduction(x) return x end

local reductions = {
  {name = "gradient 2 averaged", reduce = averaged, says = "factor"},
  {name = "gradient 2 from the first row", reduce = first_row, says = "reduction"},
  {name = "gradient 2 from the last row", reduce = last_row, says = "reduction"},
  {name = "gradient 2 not reduced", reduce = without_reduction, says = "sum missing", raises = "shape"},
}

local function slopes(name, f, says) return {name = name, slopes = f, says = says} end
local function ones(x) return x * 0 + 1 end
local function positive(seed, low, ...) return s.uniform(seed, low, 2, ...) end

return {
  family("add (3, 4) + (4)", {{3, 4}, {4}}, function(a, b) return a + b end,
    function(a, b) return ones(a), ones(b) end, reductions),
  family("sub (3, 4) - (1, 4)", {{3, 4}, {1, 4}}, function(a, b) return a - b end,
    function(a, b) return ones(a), -ones(b) end, {
      slopes("sign of b lost", function(a, b) return ones(a), ones(b) end, "sign"),
      slopes("sign at a", function(a, b) return -ones(a), ones(b) end, "sign"), reductions[2],
    }),
  family("mul (2, 3, 4) * (3, 1)", {{2, 3, 4}, {3, 1}}, function(a, b) return a * b end,
    function(a, b) return b, a end, {
      slopes("operands exchanged", function(a, b) return a, s.expand(b, a) end),
      slopes("b squared in da", function(a, b) return b * b, a end), reductions[1],
      {name = "summed over one dimension of two", says = "reduction", reduce = function(x, like)
        return s.sum(x[{ {1, 1} }], {3}):reshape(like.shape)
      end},
      s.sign(2), s.relative(2, 1e-6), s.entry_doubled(2, 3),
    }),
  family("mul (4, 4) * (4)", {{4, 4}, {4}}, function(a, b) return a * b end, function(a, b) return b, a end, {
    {name = "summed over the other dimension", reduce = function(x, like) return s.like(s.sum(x, {2}), like) end},
    slopes("b broadcast along the other dimension", function(a, b) return b:reshape({4, 1}), a end), reductions[3],
    s.transpose(1),
  }),
  family("div (3, 4) / (4)", {{3, 4}, {4}}, function(a, b) return a / b end,
    function(_, b, y) return 1 / b, -y / b end, {
      slopes("sign of db lost", function(_, b, y) return 1 / b, y / b end, "sign"),
      slopes("db with 1 / b for 1 / b^2", function(a, b) return 1 / b, -a / b end),
      slopes("da = b", function(_, b, y) return b, -y / b end),
      slopes("db zero", function(_, b, y) return 1 / b, y * 0 end, "zero"), reductions[1],
    }),
  family("pow (3, 4) ^ (4)", {{3, 4}, {4}}, function(a, b) return a ^ b end,
    function(a, b, y) return b * y / a, y * sg.log(a) end, {
      slopes("log missing", function(a, b, y) return b * y / a, y end),
      slopes("b missing", function(a, _, y) return y / a, y * sg.log(a) end),
      slopes("log of b", function(a, b, y) return b * y / a, y * sg.log(s.expand(b, a)) end),
      slopes("a not lowered", function(a, b, y) return b * y, y * sg.log(a) end), s.sign(2),
    }, positive),
  family("maximum (3, 4), (3, 4)", {{3, 4}, {3, 4}}, sg.maximum,
    function(a, b) return sg.gt(a, b), sg.lt(a, b) end, {
      slopes("both", function(a, b) return ones(a), ones(b) end),
      slopes("the smaller", function(a, b) return sg.lt(a, b), sg.gt(a, b) end),
      slopes("half to each", function(a, b) return ones(a) * 0.5, ones(b) * 0.5 end), s.exchange(1, 2),
    }),
  family("hypot (3, 4), (4)", {{3, 4}, {4}}, function(a, b) return sg.sqrt(a * a + b * b) end,
    function(a, b, y) return a / y, b / y end, {
      slopes("not divided", function(a, b) return a, s.expand(b, a) end),
      slopes("halved", function(a, b, y) return a / y * 0.5, b / y * 0.5 end, "factor"),
      slopes("squared radius", function(a, b, y) return a / (y * y), b / (y * y) end), reductions[2],
    }),
}
