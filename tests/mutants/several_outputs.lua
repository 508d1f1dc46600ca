-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Functions with several results: each cotangent has to arrive.
local sg = require "selenograd"
local s = require "mutants.support"

local function away(seed, ...) return s.away_from_zero(seed, 0.2, ...) end

local function family(name, shapes, f, gradients, mistakes)
  return {name = name, group = "several outputs", names = {"a", "b"}, mistakes = mistakes,
          inputs = s.filled(away, 90, shapes), op = s.of_arguments(f, gradients)}
end

local function gradients(name, f, says) return {name = name, gradients = f, says = says} end

local function moments(x)
  local mean = s.mean(x, {2})
  return mean, s.mean((x - mean) * (x - mean), {2})
end
local function moments_gradient(d_mean, d_var, x)
  return s.expand(d_mean, x) / x:size(2) + d_var * (x - s.mean(x, {2})) * (2 / x:size(2))
end

-- Batch norm that also returns its statistics, which take part in the derivative.
local function normalize(x)
  local mean, var = s.mean(x, {1}), nil
  var = s.mean((x - mean) * (x - mean), {1})
  return (x - mean) * sg.rsqrt(var + 1e-5), var
end
local function normalize_gradient(dy, d_var, x, without_var)
  local mean = s.mean(x, {1})
  local centred = x - mean
  local rstd = sg.rsqrt(s.mean(centred * centred, {1}) + 1e-5)
  local xhat = centred * rstd
  local dx = rstd * (dy - s.mean(dy, {1}) - xhat * s.mean(dy * xhat, {1}))
  return without_var and dx or dx + d_var * centred * (2 / x:size(1))
end

return {
  family("sine and cosine", {{3, 4}}, function(x) return sg.sin(x), sg.cos(x) end,
    function(a, b, x) return a * sg.cos(x) - b * sg.sin(x) end, {
      gradients("first forgotten", function(_, b, x) return -(b * sg.sin(x)) end, "output 1"),
      gradients("second forgotten", function(a, _, x) return a * sg.cos(x) end, "output 2"),
      gradients("cotangents exchanged", function(a, b, x) return b * sg.cos(x) - a * sg.sin(x) end),
      gradients("sign of the second", function(a, b, x) return a * sg.cos(x) + b * sg.sin(x) end),
      gradients("first for both", function(a, _, x) return a * (sg.cos(x) - sg.sin(x)) end, "output 2"),
      s.relative(1, 1e-6), s.cotangent_clipped(), s.entry_doubled(1, 9),
    }),
  family("mean and variance", {{3, 4}}, moments, moments_gradient, {
    gradients("variance forgotten", function(a, _, x) return s.expand(a, x) / 4 end, "output 2"),
    gradients("mean forgotten", function(a, b, x) return moments_gradient(a * 0, b, x) end, "output 1"),
    gradients("n - 1 for n in the variance", function(a, b, x) return moments_gradient(a, b * (4 / 3), x) end),
    gradients("cotangents exchanged", function(a, b, x) return moments_gradient(b, a, x) end),
  }),
  family("sum and product", {{3, 4}, {3, 4}}, function(a, b) return a + b, a * b end,
    function(p, q, a, b) return p + q * b, p + q * a end, {
      gradients("product forgotten in db", function(p, q, _, b) return p + q * b, p * 1 end, "output 2"),
      gradients("sum forgotten in da", function(p, q, a, b) return q * b, p + q * a end, "output 1"),
      gradients("factors exchanged", function(p, q, a, b) return p + q * a, p + q * b end, "exchanged"),
      s.exchange(1, 2),
      s.sign(1),
    }),
  family("normalized rows and their variance", {{6, 3}}, normalize, normalize_gradient, {
    gradients("variance's cotangent forgotten", function(a, b, x)
      return normalize_gradient(a, b, x, true)
    end, "output 2"),
    gradients("variance's cotangent halved", function(a, b, x) return normalize_gradient(a, b * 0.5, x) end),
    s.relative(1, 1e-6),
  }),
}
