-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- optim.Adam(params, options), optim.AdamW(params, options): Kingma and Ba 2014; Loshchilov and Hutter 2017.
--   g = gradient + weight_decay * p            (Adam)
--   p = p - lr * weight_decay * p              (AdamW, instead)
--   m = beta1 * m + (1 - beta1) * g,           v = beta2 * v + (1 - beta2) * g^2
--   p = p - lr * m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)
-- Options: lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = 0 (AdamW: 0.01),
-- maximize = false (true: follow the gradient upwards).

local sg = require "selenograd"
local optimizer = require "selenograd.optim.optimizer"

local intervals = {lr = "[0, inf)", betas = "betas", eps = "[0, inf)", weight_decay = "[0, inf)",
  maximize = "boolean"}

local function define(name, weight_decay, decoupled)
  local class = optimizer.class(name,
    {lr = 1e-3, betas = {0.9, 0.999}, eps = 1e-8, weight_decay = weight_decay, maximize = false}, intervals)

  class.state_tensors = {"exp_avg", "exp_avg_sq"}

  function class:start(parameter)
    return {steps = 0, exp_avg = self:zeros_like(parameter), exp_avg_sq = self:zeros_like(parameter)}
  end

  function class:update(parameter, gradient, state, group)
    sg.adam_step(parameter, gradient, state.exp_avg, state.exp_avg_sq, state.steps + 1, group.lr, group.betas[1],
      group.betas[2], group.eps, group.weight_decay, decoupled, group.maximize)
    state.steps = state.steps + 1
  end

  return class
end

return {Adam = define("Adam", 0, false), AdamW = define("AdamW", 0.01, true)}
