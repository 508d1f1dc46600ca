-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Softmax and losses, x (3, 4).
local sg = require "selenograd"
local s = require "mutants.support"

local function normal_inputs() return {s.normal(71, 3, 4)} end
local function pair_inputs() return {s.normal(72, 3, 4), s.normal(73, 3, 4)} end
local function square_inputs() return {s.normal(74, 4, 4)} end

local function family(name, inputs, f, gradients, mistakes, right)
  return {name = name, group = "softmax and losses", names = {"x", "target"}, inputs = inputs,
          op = s.of_result(f, gradients), mistakes = mistakes, right = right}
end

local function gradients(name, f, says) return {name = name, gradients = f, says = says} end

local rows = {dim = 2}
local function softmax(x) return sg.softmax(x, rows) end
local function row_sum(x) return s.sum(x, {2}) end

local one_hot = s.f64({{0, 1, 0, 0}, {0, 0, 0, 1}, {1, 0, 0, 0}})
local shifted_hot = s.f64({{1, 0, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}})
local function cross_entropy(x) return -(sg.log_softmax(x, rows) * one_hot):sum() / 3 end
local function cross_entropy_gradient(dy, _, x) return dy * (softmax(x) - one_hot) / 3 end

-- y = mean over the rows of the Huber loss of x - target at delta 1.
local function huber(x, target)
  local d = (x - target):abs()
  return sg.where(s.below(d, 1), d * d * 0.5, d - 0.5):mean()
end
local function huber_slope(x, target) return sg.clamp(x - target, -1, 1) / 12 end

local function logistic(x, target) return (sg.softplus(x) - x * target):mean() end

local function cosine(x, target)
  local dot = row_sum(x * target)
  return dot / sg.sqrt(row_sum(x * x) * row_sum(target * target))
end
local function cosine_gradient(dy, y, x, target, without)
  local nx, nt = row_sum(x * x), row_sum(target * target)
  local scale = sg.rsqrt(nx * nt)
  local off = without and 0 or 1
  return dy * (target * scale - x * y / nx * off), dy * (x * scale - target * y / nt * off)
end

local function hinge(x) return sg.relu(1 - x):mean() end
local function hinge_inputs() return {s.distinct(75, 0.35, 3, 4) + 0.1} end

return {
  family("softmax", normal_inputs, softmax, function(dy, y) return y * (dy - row_sum(dy * y)) end, {
    gradients("sum missing", function(dy, y) return y * dy end),
    gradients("y (1 - y)", function(dy, y) return dy * y * (1 - y) end),
    gradients("sum without y", function(dy, y) return y * (dy - row_sum(dy)) end),
    gradients("sum averaged", function(dy, y) return y * (dy - row_sum(dy * y) * 0.25) end),
    gradients("sum over the other dimension", function(dy, y) return y * (dy - s.sum(dy * y, {1})) end),
    gradients("sign of the sum", function(dy, y) return y * (dy + row_sum(dy * y)) end),
    gradients("y squared", function(dy, y) return y * y * (dy - row_sum(dy * y)) end),
    s.relative(1, 1e-6), s.cotangent_clipped(), s.cotangent_ignored(), s.entry_doubled(1, 4),
  }),
  family("softmax (4, 4)", square_inputs, softmax, function(dy, y) return y * (dy - row_sum(dy * y)) end, {
    s.transpose(1), s.roll(1), s.cotangent_mean(),
  }),
  family("log_softmax", normal_inputs, function(x) return sg.log_softmax(x, rows) end,
    function(dy, y) return dy - sg.exp(y) * row_sum(dy) end, {
      gradients("sum missing", function(dy, y) return dy - sg.exp(y) * dy end),
      gradients("softmax missing", function(dy) return dy - row_sum(dy) end),
      gradients("of softmax", function(dy, y) return sg.exp(y) * (dy - row_sum(dy * sg.exp(y))) end),
      gradients("1 - softmax for a sum of 1", function(dy, y) return dy - sg.exp(y) end),
      gradients("uniform", function(dy) return dy - row_sum(dy) * 0.25 end), s.sign(1), s.relative(1, 1e-5),
    }),
  family("cross-entropy", normal_inputs, cross_entropy, cross_entropy_gradient, {
    gradients("1 / N missing", function(dy, _, x) return dy * (softmax(x) - one_hot) end, "factor"),
    gradients("1 / all elements", function(dy, _, x) return dy * (softmax(x) - one_hot) / 12 end, "factor"),
    gradients("target not taken off", function(dy, _, x) return dy * softmax(x) / 3 end),
    gradients("classes counted from 0", function(dy, _, x) return dy * (softmax(x) - shifted_hot) / 3 end),
    gradients("sign", function(dy, _, x) return dy * (one_hot - softmax(x)) / 3 end, "sign"),
    gradients("softmax over the batch", function(dy, _, x)
      return dy * (sg.softmax(x, {dim = 1}) - one_hot) / 3
    end),
    gradients("smoothed by 0.01", function(dy, _, x) return dy * (softmax(x) - one_hot * 0.99 - 0.0025) / 3 end),
    gradients("of the target's class only", function(dy, _, x) return dy * (softmax(x) - 1) * one_hot / 3 end),
    s.relative(1, 1e-6), s.cotangent_ignored(),
  }),
  family("mean squared error", pair_inputs, function(x, target) return ((x - target) * (x - target)):mean() end,
    function(dy, _, x, target) return dy * (x - target) / 6, dy * (target - x) / 6 end, {
      gradients("2 missing", function(dy, _, x, y) return dy * (x - y) / 12, dy * (y - x) / 12 end, "factor"),
      gradients("1 / N missing", function(dy, _, x, y) return dy * (x - y) * 2, dy * (y - x) * 2 end, "factor"),
      gradients("1 / rows", function(dy, _, x, y) return dy * (x - y) * 2 / 3, dy * (y - x) * 2 / 3 end, "factor"),
      gradients("target's sign", function(dy, _, x, y) return dy * (x - y) / 6, dy * (x - y) / 6 end, "sign"),
      gradients("target zero", function(dy, _, x, y) return dy * (x - y) / 6, y * 0 end, "zero"),
      gradients("of the absolute error", function(dy, _, x, y)
        return dy * (x - y):sign() / 6, dy * (y - x) / 6
      end),
      -- One is minus the other.
      {name = "gradients 1 and 2 exchanged", says = "sign", after = s.exchange(1, 2).after},
    }),
  family("Huber loss", pair_inputs, huber,
    function(dy, _, x, target) return dy * huber_slope(x, target), -(dy * huber_slope(x, target)) end, {
      gradients("not limited", function(dy, _, x, y) return dy * (x - y) / 12, dy * (y - x) / 12 end),
      gradients("sign only", function(dy, _, x, y) return dy * (x - y):sign() / 12, dy * (y - x):sign() / 12 end),
      gradients("limit 2", function(dy, _, x, y)
        local d = dy * sg.clamp(x - y, -2, 2) / 12
        return d, -d
      end),
    }),
  family("logistic loss", function() return {s.normal(76, 3, 4), s.uniform(77, 0, 1, 3, 4)} end, logistic,
    function(dy, _, x, target) return dy * (sg.sigmoid(x) - target) / 12, -(dy * x) / 12 end, {
      gradients("target not taken off", function(dy, _, x) return dy * sg.sigmoid(x) / 12, -(dy * x) / 12 end),
      gradients("times sigmoid'", function(dy, _, x, target)
        local p = sg.sigmoid(x)
        return dy * (p - target) * p * (1 - p) / 12, -(dy * x) / 12
      end),
      gradients("target's gradient forgotten", function(dy, _, x, target)
        return dy * (sg.sigmoid(x) - target) / 12, x * 0
      end, "zero"),
    }),
  family("cosine similarity", pair_inputs, cosine, cosine_gradient, {
    gradients("projection missing", function(dy, y, x, target) return cosine_gradient(dy, y, x, target, true) end),
    s.exchange(1, 2), s.sign(2), s.relative(2, 1e-6),
  }),
  family("hinge loss", hinge_inputs, hinge, function(dy, _, x) return -(dy * s.below(x, 1)) / 12 end, {
    gradients("margin 0", function(dy, _, x) return -(dy * s.below(x, 0)) / 12 end),
    gradients("beyond the margin too", function(dy, _, x) return -(dy * (x * 0 + 1)) / 12 end),
    gradients("sign", function(dy, _, x) return dy * s.below(x, 1) / 12 end, "sign"),
  }),
}
