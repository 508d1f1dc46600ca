-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Linear(in_features, out_features, {bias = true, dtype = "f32"}): y = x W^T + b over the last dimension of x.
-- Parameters: weight (out_features, in_features), bias (out_features).

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local Module = require("selenograd.nn.module").Module

local Linear = Module:extend("Linear")

function Linear:init(in_features, out_features, options)
  self.in_features = arguments.whole("Linear", "in_features", in_features, 1)
  self.out_features = arguments.whole("Linear", "out_features", out_features, 1)
  options = arguments.options("Linear", options, {bias = true, dtype = "f32"})
  local dtype = {dtype = arguments.dtype("Linear", options.dtype)}
  self:register_parameter("weight", sg.zeros(out_features, in_features, dtype))
  if arguments.boolean("Linear", "bias", options.bias) then
    self:register_parameter("bias", sg.zeros(out_features, dtype))
  end
  self:reset_parameters()
end

function Linear:reset_parameters()
  init.default_(self.weight, self.bias)
end

function Linear:forward(x)
  return sg.linear(x, self.weight, self.bias)
end

function Linear:extra_description()
  return string.format("in_features=%d, out_features=%d, bias=%s", self.in_features, self.out_features,
    self.bias ~= nil)
end

return {Linear = Linear}
