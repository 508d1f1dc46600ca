-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Losses as modules. Their options are those of the ops (`selenograd ops cross_entropy`).
--   nn.CrossEntropyLoss(options)(logits, labels): logits (N, classes), labels i64 (N), counted from 1
--   nn.MSELoss(options)(x, target): mean of (x - target)^2

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local Module = require("selenograd.nn.module").Module

local function loss(name, op)
  local class = Module:extend(name)
  function class:init(options)
    if options ~= nil and type(options) ~= "table" then
      fail("%s: options are %s, expected a table", name, arguments.describe(options))
    end
    self.options = options or {}
  end
  function class:forward(x, target) return sg[op](x, target, self.options) end
  return class
end

return {
  CrossEntropyLoss = loss("CrossEntropyLoss", "cross_entropy"),
  MSELoss = loss("MSELoss", "mse_loss"),
}
