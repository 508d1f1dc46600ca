-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Right functions with kinks at the point or near it, ties, jumps elsewhere, and edges of their domain.
local sg = require "selenograd"
local s = require "mutants.support"

local list = {}
local function add(group, name, f, values, expect)
  local inputs = type(values) == "function" and values or function() return {s.f64(values)} end
  list[#list + 1] = {group = group, name = group .. ": " .. name, f = f, inputs = inputs, expect = expect or "pass"}
end

local kink = "nondifferentiable"

-- ---- At the kink ----

add("kinks", "relu at 0", sg.relu, {0, 1.5, -2}, kink)
add("kinks", "abs at 0", sg.abs, {0, 1.5, -2}, kink)
add("kinks", "leaky_relu at 0", sg.leaky_relu, {0, 1.5, -2}, kink)
add("kinks", "clamp at its ends", function(x) return sg.clamp(x, -1, 1) end, {-1, 1, 0.5, 3}, kink)
add("kinks", "hinge at its margin", function(x) return sg.relu(1 - x) end, {1, 0.5, 2}, kink)
add("kinks", "distance to itself", function(x) return (x - s.f64({1, 2, 3})):abs() end, {1, 2, 3}, kink)
add("kinks", "maximum of equal numbers", sg.maximum, function()
  return {s.f64({1, 2, 3}), s.f64({1, 2, 5})}
end, kink)
add("kinks", "max with a tie of two", function(x) return sg.amax(x) end, {1, 3, 3, 2}, kink)
add("kinks", "max of equal numbers", function(x) return sg.amax(x) end, {2, 2, 2, 2}, kink)
add("kinks", "min with a tie of two", function(x) return sg.amin(x) end, {1, 1, 3, 2}, kink)
add("kinks", "max pooling with ties", function(x) return sg.max_pool2d(x, {kernel_size = 2}) end,
  {{{{1, 1, 2, 3}, {0, 1, 3, 3}, {4, 5, 6, 7}, {4, 5, 7, 7}}}}, kink)
add("kinks", "l1_loss at its target", function(x) return sg.l1_loss(x, s.f64({0.5, 1, -1})) end, {0.5, 2, -1}, kink)
add("kinks", "relu of a product at 0", function(a, b) return sg.relu(a * b) end, function()
  return {s.f64({0, 1, -1}), s.f64({2, 0, 3})}
end, kink)
add("kinks", "where of two slopes at 0", function(x) return sg.where(s.above(x, 0), x * 3, x) end, {0, 1, -1}, kink)
add("kinks", "relu of relu at 0", function(x) return sg.relu(sg.relu(x) - 0) end, {0, 2, -2}, kink)
add("kinks", "minimum of x and x^2 at 0 and 1", function(x) return sg.minimum(x, x * x) end, {0, 1, 0.5, 2}, kink)
add("kinks", "abs of size 1e9 at 0", function(x) return (x * 1e9):abs() end, {0, 1, -1}, kink)
add("kinks", "abs of size 1e-9 at 0", function(x) return (x * 1e-9):abs() end, {0, 1, -1}, kink)

-- ---- Near the kink ----

for power = -2, -12, -2 do
  local d = 10.0 ^ power
  add("near kinks", ("relu at 1e%d"):format(power), sg.relu, {d, -d, 1, -1})
end
add("near kinks", "abs at 1e-3, 1e-5, 1e-7", sg.abs, {1e-3, -1e-5, 1e-7, 1})
add("near kinks", "max with a gap of 1e-6", function(x) return sg.amax(x) end, {1, 1 + 1e-6, 0.5})
add("near kinks", "max pooling with gaps of 1e-5", function(x) return sg.max_pool2d(x, {kernel_size = 2}) end,
  {{{{1, 1.00001, 2, 3}, {0.9, 1.00002, 2.99999, 2.99998}, {4, 5, 6, 7}, {4.5, 5.00001, 7.00001, 7.00002}}}})
add("near kinks", "clamp at 1e-6 from its ends", function(x) return sg.clamp(x, -1, 1) end,
  {-1 + 1e-6, 1 + 1e-6, -1 - 1e-6, 1 - 1e-6})
add("near kinks", "relu(x) at 5e3 with kinks 1e-3 away", function(x) return sg.relu(x - 5000) end,
  {5000.001, 4999.999, 5100})
add("near kinks", "two kinks 1e-5 apart", function(x) return sg.relu(x) - sg.relu(x - 1e-5) end,
  {-1e-4, 5e-6, 1e-4, 1})
add("near kinks", "relu after batch_norm", function(x) return sg.relu((sg.batch_norm(x))) end, function()
  return {s.normal(211, 16, 4)}
end)
add("near kinks", "sqrt(x^2 + 1e-12), a kink made smooth", function(x) return sg.sqrt(x * x + 1e-12) end,
  {0, 1e-7, -1e-6, 1})
add("near kinks", "softplus(1000 x) / 1000", function(x) return sg.softplus(x * 1000) * 1e-3 end,
  {0, 1e-4, -1e-3, 0.5})

-- ---- Smooth to first order ----

add("weak kinks", "x |x| at 0", function(x) return x * x:abs() end, {0, 1e-4, -2})
add("weak kinks", "|x|^3 at 0", function(x) return x * x * x:abs() end, {0, 1e-4, -2})
add("weak kinks", "relu squared at 0", function(x) return sg.relu(x) * sg.relu(x) end, {0, 1e-4, -2})
add("weak kinks", "Huber loss at its limit", function(x)
  return sg.where(s.below(x:abs(), 1), x * x * 0.5, x:abs() - 0.5)
end, {1, -1, 0.5, 2})
add("weak kinks", "exp(-1 / x^2), flat at 0 to every order", function(x)
  return sg.exp(-1 / (x * x + 1e-30))
end, {0, 0.1, 0.3, 1}, {"pass", "inconclusive"})

-- ---- Jumps elsewhere ----

add("steps", "sign", sg.sign, {0.5, -1, 2})
add("steps", "rounding down", function(x) return x:to("i64"):to("f64") + x * 0 end, {0.5, 1.5, 2.25})
add("steps", "x minus its whole part", function(x) return x - x:to("i64"):to("f64") end, {0.5, 1.25, 2.75})
add("steps", "product with a step", function(x) return x * s.above(x, 0) + s.above(x, 0.1) end, {0.5, -1, 0.2})
add("steps", "a staircase of steps 1e-3", function(x) return (x * 1e3):to("i64"):to("f64") * 1e-3 + x * 0 end,
  {0.5005, 1.2505, 2.7505}, {"pass", "inconclusive"})
add("steps", "the position of the largest", function(x) return sg.argmax(x):to("f64") + x:sum() end, {0.5, 1.5, 1})

-- ---- Edges of the domain ----

add("domain edges", "sqrt near 0", sg.sqrt, {1e-12, 1e-9, 1e-6, 1})
add("domain edges", "log near 0", function(x) return sg.log(x) end, {1e-12, 1e-9, 1e-6, 1})
add("domain edges", "x log x near 0", function(x) return x * sg.log(x) end, {1e-12, 1e-9, 1e-6, 1})
add("domain edges", "x^1.5 at 0", function(x) return x * sg.sqrt(x) end, {1e-12, 1e-9, 1e-6, 1})
add("domain edges", "pow(x, 1.5) at 0", function(x) return x ^ 1.5 end, {0, 1, 2})
add("domain edges", "pow(x, 0.3) near 0", function(x) return x ^ 0.3 end, {1e-10, 1e-5, 1})
add("domain edges", "1 / x near 0", function(x) return 1 / x end, {1e-12, -1e-9, 1e-6, 1})
add("domain edges", "rsqrt near 0", sg.rsqrt, {1e-12, 1e-9, 1e-6, 1})
add("domain edges", "log(1 - x^2) near 1", function(x) return sg.log(1 - x * x) end, {0.999999, -0.9999, 0.99, 0})
add("domain edges", "sqrt(1 - x^2) near 1", function(x) return sg.sqrt(1 - x * x) end, {0.999999, -0.9999, 0.99, 0})
-- A last bit of x is 2e-8 of its distance to the pole.
add("domain edges", "1 / (x - 1) near its pole", function(x) return 1 / (x - 1) end, {1 + 1e-8, 1 - 1e-5, 1.01, 3},
  {"pass", "inconclusive"})
add("domain edges", "tan, as sin / cos, near its pole", function(x) return sg.sin(x) / sg.cos(x) end,
  {1.5707, 1.57, 1.5, 0})
add("domain edges", "log of a sum with one big term", function(x) return sg.log(sg.exp(x):sum()) end,
  {-700, 0, 700})

return list
