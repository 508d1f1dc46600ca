-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- How to check the gradient of something you wrote: a layer, its wrong version and what the checker says of it, a
-- module with everything in it, points to leave out, and a tensor too large to check every element of.
--
--   selenograd scripts/check_gradients.lua

local sg = require "selenograd"
local nn = sg.nn

sg.manual_seed(1)
local f64 = {dtype = "f64"}

-- ---- A layer as a function ----------------------------------------------------------------------

-- Layer normalization of each row:  y = (x - mean) / sqrt(var + eps) * gamma + beta
local function layer_norm(x, gamma, beta)
  local centred = x - x:mean({dim = -1, keepdim = true})
  local variance = sg.mean(centred * centred, {dim = -1, keepdim = true})
  return centred * sg.rsqrt(variance + 1e-5) * gamma + beta
end

local x, gamma, beta = sg.randn(4, 6, f64), sg.rand(6, f64), sg.randn(6, f64)
local names = {"x", "gamma", "beta"}

print("layer normalization, first and second derivative")
print(sg.assert_gradcheck(layer_norm, {x, gamma, beta}, {names = names, order = 2}))

-- ---- The same with a mistake --------------------------------------------------------------------

-- The statistics are taken for constants: their own dependence on x is forgotten.
local function careless_layer_norm(values, scale, shift)
  local mean = values:mean({dim = -1, keepdim = true}):detach()
  local variance = values:var({dim = -1, keepdim = true, correction = 0}):detach()
  return (values - mean) * sg.rsqrt(variance + 1e-5) * scale + shift
end

print("the same with mean and variance taken for constants")
local report = sg.gradcheck(careless_layer_norm, {x, gamma, beta}, {names = names})
print(report)
local wrong = report.inputs.x
print(("x is wrong, worst at [%s]: analytic %.6f, numeric %.6f +- %.1e. %s\n"):format(
  table.concat(wrong.worst.index, ", "), wrong.worst.analytic, wrong.worst.numeric, wrong.worst.error_bar,
  wrong.diagnosis))

-- ---- A module -----------------------------------------------------------------------------------

local Block = nn.Module:extend("Block")

function Block:init(width)
  self.linear = nn.Linear(width, width, {bias = false})
  self.norm = nn.BatchNorm1d(width)
  self.dropout = nn.Dropout(0.2)
  self.gate = nn.Parameter(sg.tensor(0.5))
end

function Block:forward(input)
  return input + self.gate:tanh() * self.dropout(self.norm(self.linear(input)):tanh())
end

print("a module: its input and all its parameters, in training and in evaluation")
print(sg.assert_gradcheck(Block(4), {sg.randn(6, 4)}, {names = {"x"}}))

-- ---- Points to leave out ------------------------------------------------------------------------

-- A quantity with a pole where x is 1: there is no derivative, and we know.
print("with the pole left out")
local with_pole = sg.tensor({0.5, 1, 2}, f64)
print(sg.assert_gradcheck(function(v) return 1 / (v - 1 + v:eq(1)) end, {with_pole},
  {names = {"x"}, skip = with_pole:eq(1)}))

-- ---- Large tensors ------------------------------------------------------------------------------

print("65,536 elements, along random directions: the report says what could have slipped through")
local large = sg.randn(256, 256, f64)
print(sg.assert_gradcheck(layer_norm, {large, sg.rand(256, f64), sg.randn(256, f64)},
  {names = names, mode = "directional", miss = 0.01}))
