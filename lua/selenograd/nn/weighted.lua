-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Layers with a weight and a bias: the options {bias = true, dtype = "f32"}, the parameters, and their first
-- values, those of nn.init.default_.

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local Module = require("selenograd.nn.module").Module

-- The options that register_weights reads, with their defaults.
local defaults = {bias = true, dtype = arguments.DEFAULT_DTYPE}

-- register_weights(options, shape, outputs): makes the parameters weight, of that shape, and bias, of `outputs` or
-- the shape's first size, unless options.bias is false.
local function register_weights(self, options, shape, outputs)
  local dtype = {dtype = arguments.dtype(self.class_name, options.dtype)}
  self:register_parameter("weight", sg.zeros(shape, dtype))
  if arguments.boolean(self.class_name, "bias", options.bias) then
    self:register_parameter("bias", sg.zeros(outputs or shape[1], dtype))
  end
  self:reset_parameters()
end

local function reset_parameters(self)
  init.default_(self.weight, self.bias)
end

-- The class of such a layer.
local function weighted(name)
  local made = Module:extend(name)
  made.register_weights, made.reset_parameters = register_weights, reset_parameters
  return made
end

return {weighted = weighted, defaults = defaults}
