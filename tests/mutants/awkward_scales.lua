-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Right functions of awkward size: tiny and huge, lost digits, fast oscillation, depth.
local sg = require "selenograd"
local s = require "mutants.support"

local list = {}
local function add(group, name, f, inputs, expect)
  if type(inputs) ~= "function" then
    local values = inputs
    inputs = function() return {s.f64(values)} end
  end
  list[#list + 1] = {group = group, name = group .. ": " .. name, f = f, inputs = inputs, expect = expect or "pass"}
end

local function normal(scale, mean)
  return function() return {s.normal(201, 3, 4) * (scale or 1) + (mean or 0)} end
end

local function square(x) return x * x end
local function centred(x) return x - s.mean(x, {1}) end
local function standardized(x)
  return centred(x) * sg.rsqrt(s.mean(centred(x) * centred(x), {1}))
end

-- ---- Scales ----

for power = -12, 12, 4 do
  local scale = 10.0 ^ power
  local name = ("size 1e%d"):format(power)
  add("scales", "sine, x of " .. name, function(x) return sg.sin(x / scale) end, normal(scale))
  add("scales", "square, x of " .. name, square, normal(scale))
  add("scales", "tanh, y of " .. name, function(x) return sg.tanh(x) * scale end, normal())
  add("scales", "batch norm without eps, x of " .. name, standardized, normal(scale))
end
add("scales", "elements from 1e-12 to 1e12", square, {1e-12, -1e-9, 1e-6, 1e-3, 1, -1e3, 1e6, 1e9, 1e12})
add("scales", "weights from 1e-12 to 1e12", function(x) return sg.sin(x) * s.f64({1e-12, 1e-6, 1, 1e6, 1e12}) end,
  {0.3, 0.5, 0.7, 0.9, 1.1})
add("scales", "1e9 times 1e-9", function(a, b) return a * b end,
  function() return {s.normal(202, 3, 4) * 1e9, s.normal(203, 3, 4) * 1e-9} end)
add("scales", "exp at 100 to 300", function(x) return sg.exp(x) end, {100, 200, 300, -300})
add("scales", "softmax of logits of size 500", function(x) return sg.softmax(x) end, {-500, 0, 499.5, 500})
add("scales", "log_softmax of logits of size 1e4", function(x) return sg.log_softmax(x) end,
  {-1e4, 0, 1e4 - 1, 1e4})
add("scales", "batch_norm with mean 1e6", function(x) return (sg.batch_norm(x)) end, normal(1, 1e6))
add("scales", "quotient of tiny numbers", function(a, b) return a / b end,
  function() return {s.uniform(204, 1, 2, 3) * 1e-12, s.uniform(205, 1, 2, 3) * 1e-12} end)

-- ---- Lost digits ----

add("lost digits", "(x + 1e6) - 1e6", function(x) return (x + 1e6) - 1e6 end, normal())
add("lost digits", "(x + 1e9) - 1e9", function(x) return (x + 1e9) - 1e9 end, normal(), {"pass", "inconclusive"})
add("lost digits", "x + 1e8", function(x) return sg.sin(x) + 1e8 end, normal(), {"pass", "inconclusive"})
add("lost digits", "1 - cos x near 0", function(x) return 1 - sg.cos(x) end, {1e-3, -1e-2, 0.1, 1})
add("lost digits", "exp(x) - 1 near 0", function(x) return sg.exp(x) - 1 end, {1e-9, -1e-6, 1e-3, 0},
  {"pass", "inconclusive"})
add("lost digits", "log(1 + x) near 0", function(x) return sg.log(1 + x) end, {1e-9, -1e-6, 1e-3, 0},
  {"pass", "inconclusive"})
add("lost digits", "variance as E[x^2] - E[x]^2, mean 1e3",
  function(x) return s.mean(x * x, {1}) - square(s.mean(x, {1})) end, normal(1, 1e3), {"pass", "inconclusive"})
add("lost digits", "sum of 1e8, 1 and -1e8", function(x) return x * 1e8 + sg.sin(x) - x * 1e8 end, normal(),
  {"pass", "inconclusive"})
add("lost digits", "sine computed in f32", function(x) return sg.sin(x:to("f32")):to("f64") end, normal(),
  {"pass", "inconclusive"})
add("lost digits", "product of ten factors of 1e30 and 1e-30", function(x)
  for _ = 1, 10 do x = x * 1e30 * 1e-30 end
  return x * x
end, normal())
for _, x in ipairs {1e-2, 1e-3, 1e-4, 1e-5, 1e-6} do
  add("lost digits", ("(1 - cos x) / x^2 at %g"):format(x), function(t) return (1 - sg.cos(t)) / (t * t) end, {x},
    {"pass", "inconclusive"})
  add("lost digits", ("(x - sin x) / x^3 at %g"):format(x),
    function(t) return (t - sg.sin(t)) / (t * t * t) end, {x}, {"pass", "inconclusive"})
  add("lost digits", ("x - sin x at %g and twice that"):format(x), function(t) return t - sg.sin(t) end, {x, 2 * x},
    {"pass", "inconclusive"})
end
add("lost digits", "polynomial (x - 1)^6 multiplied out, near 1", function(x)
  return ((((((x - 6) * x + 15) * x - 20) * x + 15) * x - 6) * x) + 1
end, {1.01, 1.1, 0.9, 2}, {"pass", "inconclusive"})

-- ---- Oscillation ----

for _, frequency in ipairs {1e1, 1e2, 1e3, 1e4, 1e6} do
  local name = ("sin(%g x)"):format(frequency)
  add("oscillation", name, function(x) return sg.sin(x * frequency) end, {0.3, -1.1, 2.7},
    frequency > 1e5 and {"pass", "inconclusive"} or "pass")
end
add("oscillation", "sin(1e9 x)", function(x) return sg.sin(x * 1e9) end, {0.3, -1.1, 2.7}, {"pass", "inconclusive"})
add("oscillation", "sin(1 / x) near 0", function(x) return sg.sin(1 / x) end, {1, 0.1, -0.03, 0.01})
add("oscillation", "x^2 sin(1 / x) near 0", function(x) return x * x * sg.sin(1 / x) end, {1, 0.1, -0.03, 0.01})
add("oscillation", "x + 1e-3 sin(1000 x)", function(x) return x + sg.sin(x * 1000) * 1e-3 end, normal())
add("oscillation", "x + 1e-6 sin(1e6 x)", function(x) return x + sg.sin(x * 1e6) * 1e-6 end, normal(),
  {"pass", "inconclusive"})
add("oscillation", "chirp sin(x^4) to x = 6", function(x) return sg.sin(square(square(x))) end, {1, 2, 4, 6})
add("oscillation", "a narrow bell, width 1e-4", function(x) return sg.exp(square((x - 0.5) * 1e4) * -0.5) end,
  {0.5001, 0.49995, 0.5003, 0.5})

-- ---- Depth ----

local function repeated(times, f)
  return function(x)
    for _ = 1, times do x = f(x) end
    return x
  end
end
add("depth", "20 times x + 0.1 sin x", repeated(20, function(x) return x + sg.sin(x) * 0.1 end), normal())
-- All points go to pi, and the derivatives to 1e-9.
add("depth", "200 times x + 0.1 sin x", repeated(200, function(x) return x + sg.sin(x) * 0.1 end), normal(),
  {"pass", "inconclusive"})
add("depth", "20 batch norms", repeated(20, function(x)
  return sg.tanh((sg.batch_norm(x)) + 0.3)
end), function() return {s.normal(206, 8, 3)} end)
local function logistic(x) return x * (1 - x) * 3.9 end
add("depth", "logistic map, 12 times", repeated(12, logistic), {0.1, 0.37, 0.6, 0.81})
add("depth", "logistic map, 60 times", repeated(60, logistic), {0.1, 0.37, 0.6, 0.81}, {"pass", "inconclusive"})
add("depth", "square root, 20 times", repeated(20, sg.sqrt), {0.01, 1, 50, 1e6})
add("depth", "exp of exp of exp", repeated(3, function(x) return sg.exp(x) end), {-1, 0, 0.5, 0.9})
add("depth", "matrix power 16", repeated(4, function(x) return sg.matmul(x, x) end),
  function() return {s.normal(207, 3, 3) * 0.5} end)
add("depth", "Newton's inverse, 30 steps", function(x)
  local y = x * 0 + 0.3
  for _ = 1, 30 do y = y * (2 - x * y) end
  return y
end, {0.5, 1, 2, 3})

return list
