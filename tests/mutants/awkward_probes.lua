-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Right functions whose gradient vanishes, which do not use an input, or which draw random numbers. Nothing can be
-- told of a gradient that is zero within noise; but it must not fail either.
local sg = require "selenograd"
local s = require "mutants.support"

local list = {}
local untold = {"pass", "inconclusive"}

local function add(group, name, f, inputs, expect)
  list[#list + 1] = {group = group, name = group .. ": " .. name, f = f, inputs = inputs, expect = expect or "pass"}
end

local function normal(...)
  local shape = {...}
  return function() return {s.normal(221, table.unpack(shape))} end
end
local function with_parameters(rows, channels)
  return function()
    return {s.normal(222, rows, channels), s.uniform(223, 0.5, 1.5, channels), s.normal(224, channels)}
  end
end

local function batch_norm(...) return (sg.batch_norm(...)) end
local function normalized(x, dim)
  local centred = x - s.mean(x, dim)
  return centred * sg.rsqrt(s.mean(centred * centred, dim) + 1e-5)
end

-- ---- Vanishing gradients ----

add("vanishing", "sum of batch_norm", function(x) return batch_norm(x):sum() end, normal(16, 4), "inconclusive")
add("vanishing", "mean of batch_norm, scaled", function(...) return batch_norm(...):mean() end,
  with_parameters(16, 4), untold)
add("vanishing", "sum of layer norm", function(x) return normalized(x, {2}):sum() end, normal(4, 6), "inconclusive")
add("vanishing", "sum of instance norm", function(x) return normalized(x, {3}):sum() end, normal(2, 3, 5),
  "inconclusive")
add("vanishing", "sum of softmax", function(x) return sg.softmax(x):sum() end, normal(3, 4), "inconclusive")
add("vanishing", "sum of x minus its mean", function(x) return (x - x:mean()):sum() end, normal(12), untold)
add("vanishing", "sum of squares of batch_norm", function(x)
  local y = batch_norm(x)
  return (y * y):sum()
end, normal(16, 4), untold)
add("vanishing", "batch_norm of two samples", function(x) return batch_norm(x) end, normal(2, 4), untold)
add("vanishing", "batch_norm of equal samples", function(x) return batch_norm(x) end,
  function() return {s.ones({6, 2}) * 3} end, untold)
add("vanishing", "softmax of one class", function(x) return sg.softmax(x) end, normal(5, 1), untold)
add("vanishing", "x - x", function(x) return x - x end, normal(3, 4), untold)
add("vanishing", "x / x", function(x) return x / x end, normal(3, 4), untold)
add("vanishing", "sin^2 + cos^2", function(x) return sg.sin(x) * sg.sin(x) + sg.cos(x) * sg.cos(x) end,
  normal(3, 4), untold)
add("vanishing", "exp(log softmax) summed", function(x) return sg.exp(sg.log_softmax(x)):sum() end, normal(3, 4),
  untold)
add("vanishing", "tanh, saturated", function(x) return sg.tanh(x * 50) end, normal(3, 4), untold)
add("vanishing", "sigmoid, saturated", function(x) return sg.sigmoid(x) end, function()
  return {s.f64({30, -30, 40, -700})}
end, untold)
add("vanishing", "a bell far away", function(x) return sg.exp(-(x * x)) end, function()
  return {s.f64({5, -6, 20, 30})}
end, untold)
add("vanishing", "sine at its top", function(x) return sg.sin(x) end, function()
  return {s.f64({math.pi / 2, -math.pi / 2, 5 * math.pi / 2})}
end, untold)
add("vanishing", "square at 0", function(x) return x * x end, function() return {s.zeros({2, 3})} end)
add("vanishing", "fourth power at 0", function(x) return x * x * x * x end, function() return {s.zeros({3})} end)
add("vanishing", "relu, all dead", function(x) return sg.relu(x - 100) end, normal(3, 4))

-- ---- Constants and unused inputs ----

add("constants", "ones", function(x) return s.ones(x.shape) + x * 0 end, normal(3, 4), untold)
add("constants", "a detached function", function(x) return sg.sign(x) end, normal(3, 4))
add("constants", "the second input unused", function(a, b) return sg.sin(a) + b * 0 end, function()
  return {s.normal(225, 3, 4), s.normal(226, 3, 4)}
end, untold)
add("constants", "half of the elements unused", function(x) return sg.sin(x[{ {1, 2} }]) end, normal(4, 3))
add("constants", "a constant beside a function", function(x) return x * 0 + 1, sg.sin(x) end, normal(3, 4))
add("constants", "linear", function(x) return x * 3 + 1 end, normal(3, 4))
add("constants", "identity", function(x) return x * 1 end, normal(3, 4))
add("constants", "empty", function(x) return sg.sin(x) end, normal(0, 3))
add("constants", "one number", function(x) return sg.sin(x) end, function() return {s.f64(0.7)} end)
add("constants", "the same tensor twice", function(x) return x * sg.sin(x) + x end, normal(3, 4))
add("constants", "outputs of very different size", function(x) return sg.sin(x), sg.cos(x) * 1e10 end, normal(3, 4),
  untold)
add("constants", "1000 outputs for each input", function(x) return sg.sin(sg.expand(x, {shape = {1000, 4}})) end,
  normal(1, 4))

-- ---- Random numbers, which repeat ----

add("random", "dropout, p = 0.5", function(x) return sg.dropout(x, 0.5) end, normal(4, 6))
add("random", "dropout, p = 0.9", function(x) return sg.dropout(sg.sin(x), 0.9) end, normal(4, 6))
add("random", "noise added", function(x) return sg.sin(x) + sg.randn(x.shape, {dtype = "f64"}) end, normal(3, 4))
add("random", "noise multiplied", function(x) return x * x * sg.randn(x.shape, {dtype = "f64"}) end, normal(3, 4))
add("random", "dropout between batch norms", function(x) return batch_norm(sg.dropout(batch_norm(x), 0.3)) end,
  normal(12, 3))
add("random", "a random permutation", function(x)
  return sg.index_select(x, sg.randperm(6)) * s.f64({1, 2, 3, 4})
end, normal(6, 4))

-- ---- Normalization, right, at odd points ----

add("normalization", "batch_norm, one channel far off", batch_norm, function()
  return {s.normal(227, 8, 3) * s.f64({1, 1e-4, 1e4}) + s.f64({0, 10, -1e5}), s.ones({3}), s.zeros({3})}
end)
add("normalization", "batch_norm, gamma 0", batch_norm, function()
  return {s.normal(228, 8, 3), s.f64({1, 0, -1}), s.zeros({3})}
end, untold)
add("normalization", "batch_norm, one outlier", function(x) return batch_norm(x) end, function()
  local x = s.normal(229, 16, 2)
  x[1] = s.f64({1e4, -1e4})
  return {x}
end)
add("normalization", "batch_norm of (1024, 2)", function(x) return batch_norm(x) end, normal(1024, 2))
add("normalization", "rms norm near 0", function(x) return x * sg.rsqrt(s.mean(x * x, {2}) + 1e-5) end, function()
  return {s.normal(230, 3, 4) * 1e-5}
end)
add("normalization", "layer norm of nearly equal elements", function(x) return normalized(x, {2}) end, function()
  return {s.normal(231, 3, 6) * 1e-7 + 1}
end)
add("normalization", "unit vectors", function(x) return x / sg.sqrt(s.sum(x * x, {2})) end, normal(4, 5))
add("normalization", "unit vectors, of size 1e-9", function(x) return x / sg.sqrt(s.sum(x * x, {2})) end, function()
  return {s.normal(232, 4, 5) * 1e-9}
end)

return list
