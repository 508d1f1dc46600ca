-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Cases for `selenograd check scripts/check_example.lua`: functions and modules with the inputs at which their
-- gradients are to be proven. Copy it, put your own layers in.

local sg = require "selenograd"
local nn = sg.nn

local f64 = {dtype = "f64", requires_grad = true}

local function layer_norm(x, gamma, beta)
  local centred = x - x:mean(-1, {keepdim = true})
  local variance = centred:square():mean(-1, {keepdim = true})
  return gamma * centred * (variance + 1e-5):rsqrt() + beta
end

-- The derivative of x^2 is 2x; this one forgets the 2, as the second factor counts as a constant.
local function half_a_square(x)
  return x * x:detach()
end

return {
  swish = {function(x) return x * x:sigmoid() end, {sg.randn(4, 3, f64)}},

  layer_norm = {
    f = layer_norm,
    inputs = {sg.randn(4, 6, f64), sg.randn(6, f64), sg.randn(6, f64)},
    options = {names = {"x", "gamma", "beta"}, order = 2},
  },

  -- At 0 relu has a kink: any slope between 0 and 1 is a valid answer there.
  ["relu at its kink"] = {sg.relu, {sg.zeros(3, f64)}},

  -- A module: its parameters are checked too. As a function, the case is made when its turn comes.
  batch_norm = function()
    return nn.BatchNorm1d(3, {dtype = "f64"}), {sg.randn(5, 3, f64)}
  end,

  -- A mistake that is known, and must be found.
  ["a wrong gradient"] = {half_a_square, {sg.randn(2, 3, f64)}, expect = "fail"},
}
