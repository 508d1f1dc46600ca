-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- optim.SGD(params, options): stochastic gradient descent, PyTorch's formulas.
--   g = gradient + weight_decay * p
--   b = momentum * b + (1 - dampening) * g     (b = g at the first step)
--   p = p - lr * b                             (nesterov: p - lr * (g + momentum * b))
-- Options: lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false,
-- maximize = false (true: follow the gradient upwards).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local optimizer = require "selenograd.optim.optimizer"

local SGD = optimizer.class("SGD",
  {lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0, nesterov = false, maximize = false},
  {
    lr = "[0, inf)", momentum = "[0, inf)", dampening = "(-inf, inf)", weight_decay = "[0, inf)",
    nesterov = "boolean", maximize = "boolean",
  })

function SGD:check(options)
  if options.nesterov and (options.momentum == 0 or options.dampening ~= 0) then
    fail("SGD: nesterov with momentum %g and dampening %g, expected momentum > 0 and dampening = 0",
      options.momentum, options.dampening)
  end
end

SGD.state_tensors, SGD.stateless = {"momentum_buffer"}, true -- without momentum there is none

function SGD:start(parameter, group)
  return {steps = 0, momentum_buffer = group.momentum ~= 0 and self:zeros_like(parameter) or nil}
end

function SGD:update(parameter, gradient, state, group)
  if group.momentum ~= 0 and not state.momentum_buffer then
    state.momentum_buffer, state.steps = self:zeros_like(parameter), 0
  end
  local buffer = group.momentum ~= 0 and state.momentum_buffer or nil
  sg.sgd_step(parameter, gradient, buffer, group.lr, group.momentum, group.dampening, group.weight_decay,
    group.nesterov, group.maximize, state.steps == 0)
  state.steps = state.steps + 1
end

return SGD
