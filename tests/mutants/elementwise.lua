-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Functions of each element: dx = dy f'(x). A family is f and its slope f'(x, y); a mistake brings a wrong slope.
local sg = require "selenograd"
local s = require "mutants.support"

local function default_inputs() return {s.away_from_zero(21, 0.1, 3, 4)} end
local function positive_inputs() return {s.uniform(22, 0.3, 3, 3, 4)} end
local function tiny_inputs() return {s.normal(23, 3, 4)} end

local function family(name, f, slope, mistakes, inputs, right)
  local function op(m)
    return {
      forward = function(ctx, x)
        local y = f(x)
        ctx:save(x, y)
        return y
      end,
      backward = function(ctx, dy)
        local x, y = ctx:saved()
        return dy * (m.slope or slope)(x, y)
      end,
    }
  end
  return {name = name, group = "elementwise", names = {"x"}, op = op,
          mistakes = s.with_near_misses(mistakes), inputs = inputs or default_inputs, right = right}
end

local function slope(name, f, says) return {name = name, slope = f, says = says} end

local root_two_pi = math.sqrt(2 * math.pi)
local function normal_density(x) return sg.exp(x * x * -0.5) / root_two_pi end
local function normal_distribution(x) return (1 + sg.erf(x * math.sqrt(0.5))) * 0.5 end

-- The derivative of the approximation by tanh, which is not that of the exact function.
local function gelu_tanh_slope(x)
  local c = math.sqrt(2 / math.pi)
  local t = sg.tanh((x + x * x * x * 0.044715) * c)
  return (1 + t) * 0.5 + x * (1 - t * t) * (1 + x * x * 0.134145) * (0.5 * c)
end

local function inside(x) return s.above(x, -0.8) * s.below(x, 0.8) end

return {
  family("sigmoid", sg.sigmoid, function(_, y) return y * (1 - y) end, {
    slope("y (1 + y)", function(_, y) return y * (1 + y) end, "chain"),
    slope("1 - y missing", function(_, y) return y end, "divided by 1 - t"),
    slope("y missing", function(_, y) return 1 - y end),
    slope("of x in place of y", function(x) return x * (1 - x) end),
    slope("sigmoid taken again", function(_, y) return sg.sigmoid(y) * (1 - sg.sigmoid(y)) end, "chain"),
    s.sign(1), s.cotangent_ignored(), s.cotangent_clipped(), s.cotangent_relu(),
  }),
  family("tanh", sg.tanh, function(_, y) return 1 - y * y end, {
    slope("1 - y", function(_, y) return 1 - y end),
    slope("1 + y^2", function(_, y) return 1 + y * y end),
    slope("1 - x^2", function(x) return 1 - x * x end, "chain"),
    s.relative(1, 1e-3), s.relative(1, 1e-4), s.relative(1, 1e-5), s.relative(1, 1e-6), s.relative(1, -1e-6),
    s.factor(1, 2), s.factor(1, 1 / 12), s.zero(1), s.roll(1), s.entry_doubled(1, 5), s.entry_zero(1, 12),
    s.entry_nan(1, 1), s.entry_infinite(1, 8),
  }),
  family("exp", sg.exp, function(_, y) return y end, {
    slope("exp(x) exp(x)", function(_, y) return y * y end), slope("x exp(x)", function(x, y) return y * x end),
  }),
  family("log", sg.log, function(x) return 1 / x end, {
    slope("1 / x^2", function(x) return 1 / (x * x) end), slope("-1 / x", function(x) return -1 / x end, "sign"),
    slope("1 / log x", function(_, y) return 1 / y end),
  }, positive_inputs),
  family("sqrt", sg.sqrt, function(_, y) return 0.5 / y end, {
    slope("half missing", function(_, y) return 1 / y end, "factor"),
    slope("y / 2", function(_, y) return y * 0.5 end), slope("1 / (2 x)", function(x) return 0.5 / x end),
  }, positive_inputs),
  family("rsqrt", sg.rsqrt, function(_, y) return y * y * y * -0.5 end, {
    slope("sign lost", function(_, y) return y * y * y * 0.5 end, "sign"),
    slope("y^2 for y^3", function(_, y) return y * y * -0.5 end),
  }, positive_inputs),
  family("reciprocal", function(x) return 1 / x end, function(_, y) return -(y * y) end, {
    slope("-1 / x", function(_, y) return -y end), slope("1 / x^2", function(_, y) return y * y end, "sign"),
  }),
  family("sin", sg.sin, function(x) return sg.cos(x) end, {
    slope("-cos", function(x) return -sg.cos(x) end, "sign"), slope("sin", function(_, y) return y end),
    slope("1 - y^2", function(_, y) return 1 - y * y end),
  }),
  family("cos", sg.cos, function(x) return -sg.sin(x) end, {
    slope("sin", function(x) return sg.sin(x) end, "sign"),
    slope("sqrt(1 - y^2)", function(_, y) return -sg.sqrt(1 - y * y) end),
  }),
  family("silu", sg.silu, function(x, y) return sg.sigmoid(x) * (1 + x - y) end, {
    slope("x sigmoid' missing", function(x) return sg.sigmoid(x) end),
    slope("1 - s missing", function(x) return sg.sigmoid(x) * (1 + x) end),
    slope("through y / x, 0 / 0 at 0", function(x, y) return y / x * (1 + x - y) end, "finite"),
  }, function() return {s.f64({-1.5, 0, 0.3, 2})} end),
  family("gelu", sg.gelu, function(x) return normal_distribution(x) + x * normal_density(x) end, {
    slope("of the tanh approximation", gelu_tanh_slope, "chain"),
    slope("x density missing", normal_distribution, "chain"),
    slope("density without 1 / sqrt(2 pi)",
      function(x) return normal_distribution(x) + x * normal_density(x) * root_two_pi end),
    slope("density of x^2 without half", function(x)
      return normal_distribution(x) + x * sg.exp(x * x * -1) / root_two_pi
    end),
  }),
  family("erf", sg.erf, function(x) return sg.exp(x * x * -1) * (2 / math.sqrt(math.pi)) end, {
    slope("2 / sqrt(pi) missing", function(x) return sg.exp(x * x * -1) end, "factor"),
    slope("exp(-x)", function(x) return sg.exp(-x) * (2 / math.sqrt(math.pi)) end),
  }),
  family("softplus", sg.softplus, function(x) return sg.sigmoid(x) end, {
    slope("1 - sigmoid", function(x) return 1 - sg.sigmoid(x) end),
    slope("sigmoid of y", function(_, y) return sg.sigmoid(y) end, "chain"),
    slope("step", function(x) return s.above(x, 0) end),
  }),
  family("cube", function(x) return x * x * x end, function(x) return x * x * 3 end, {
    slope("3 x", function(x) return x * 3 end), slope("x^2", function(x) return x * x end, "factor"),
    slope("3 x |x|", function(x) return x * x:abs() * 3 end),
  }),
  family("square, gradients of size 1e-6", function(x) return x * x * 1e-6 end, function(x) return x * 2e-6 end, {
    s.sign(1), s.factor(1, 2), s.zero(1), s.relative(1, 1e-5),
    slope("2 |x|", function(x) return x:abs() * 2e-6 end),
    s.entry_zero(1, 3),
  }, tiny_inputs),
  family("square, x of size 1e6", function(x) return x * x end, function(x) return x * 2 end, {
    s.sign(1), s.factor(1, 2), s.zero(1), s.relative(1, 1e-5), s.entry_doubled(1, 3),
    slope("x", function(x) return x end, "factor"),
  }, function() return {s.normal(24, 3, 4) * 1e6} end),
  family("abs", sg.abs, function(x) return sg.sign(x) end, {
    slope("1", function(x) return x * 0 + 1 end), slope("x", function(x) return x end), s.sign(1),
  }),
  family("relu", sg.relu, function(x) return s.above(x, 0) end, {
    slope("straight through", function(x) return x * 0 + 1 end),
    slope("of the negative side", function(x) return s.below(x, 0) end),
    slope("above 0.5 only", function(x) return s.above(x, 0.5) end),
    slope("x in place of the step", function(x) return x * s.above(x, 0) end),
  }),
  family("relu at 0", sg.relu, function(x) return s.above(x, 0) end, {
    slope("2 at 0", function(x) return s.above(x, 0) + sg.eq(x, x * 0) * 2 end),
    slope("-1 at 0", function(x) return s.above(x, 0) - sg.eq(x, x * 0) end),
    slope("straight through", function(x) return x * 0 + 1 end),
  }, function() return {s.f64({-1, 0, 2})} end, "nondifferentiable"),
  family("leaky_relu", sg.leaky_relu, function(x) return s.above(x, 0) + s.below(x, 0) * 0.01 end, {
    slope("slope 0 below", function(x) return s.above(x, 0) end),
    slope("slope 0.1 for 0.01", function(x) return s.above(x, 0) + s.below(x, 0) * 0.1 end),
    slope("slope above", function(x) return s.below(x, 0) + s.above(x, 0) * 0.01 end),
  }),
  family("clamp", function(x) return sg.clamp(x, -0.8, 0.8) end, inside, {
    slope("upper end missing", function(x) return s.above(x, -0.8) end),
    slope("both ends missing", function(x) return x * 0 + 1 end),
    slope("outside", function(x) return 1 - inside(x) end), slope("ends too near", function(x)
      return s.above(x, -0.2) * s.below(x, 0.2)
    end),
  }),
  family("sine of one sign", function(x) return sg.where(s.above(x, 0), sg.sin(x), x * x) end,
    function(x) return sg.where(s.above(x, 0), sg.cos(x), x * 2) end, {
      slope("branches exchanged", function(x) return sg.where(s.above(x, 0), x * 2, sg.cos(x)) end),
      slope("one branch", function(x) return sg.cos(x) end),
      slope("sum of both", function(x) return sg.cos(x) + x * 2 end),
    }),
}
