-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Proves gradients: batch normalization as an op and as a composition, first and second order, and what the checker
-- says about a function whose gradient nobody could see.

local sg = require "selenograd"

sg.manual_seed(1)
local x = sg.randn(5, 3, {dtype = "f64", requires_grad = true})
local gamma = sg.rand(3, {dtype = "f64", requires_grad = true})
local beta = sg.randn(3, {dtype = "f64", requires_grad = true})

local function with_op(...)
  return (sg.batch_norm(...))
end

local function by_hand(values, scale, shift)
  local centred = values - sg.mean(values, {dim = 1, keepdim = true})
  local variance = sg.mean(centred * centred, {dim = 1, keepdim = true})
  return centred * sg.rsqrt(variance + 1e-5) * scale + shift
end

local function root_mean_square(values, scale)
  return values * sg.rsqrt(sg.mean(values * values, {dim = 2, keepdim = true}) + 1e-5) * scale
end

print("batch_norm, first and second order")
print(sg.gradcheck(with_op, {x, gamma, beta}, {order = 2, names = {"x", "gamma", "beta"}}))
print("the same from elementary ops")
print(sg.gradcheck(by_hand, {x, gamma, beta}, {order = 2, names = {"x", "gamma", "beta"}}))
print("normalization by the root mean square of each row")
print(sg.gradcheck(root_mean_square, {x, gamma}, {order = 2, names = {"x", "gamma"}}))
print("the plain sum of batch_norm: its gradient in x is zero whatever x is, so nothing can be proven")
print(sg.gradcheck(function(values) return with_op(values, gamma, beta):sum() end, {x}, {names = {"x"}}))
