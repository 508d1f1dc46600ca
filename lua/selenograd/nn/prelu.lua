-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.PReLU(num_parameters = 1, {init = 0.25, dtype = "f32"}): x where x > 0, else weight x, with one weight for all
-- of x or one for each channel, dimension 2. Parameter: weight (num_parameters).

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local Module = require("selenograd.nn.module").Module

local PReLU = Module:extend("PReLU")

function PReLU:init(num_parameters, options)
  if num_parameters == nil then num_parameters = 1 end
  self.num_parameters = arguments.whole("PReLU", "num_parameters", num_parameters, 1)
  options = arguments.options("PReLU", options, {init = 0.25, dtype = arguments.DEFAULT_DTYPE})
  self.initial = arguments.number("PReLU", "init", options.init, "(-inf, inf)")
  self:register_parameter("weight", sg.zeros({num_parameters}, {dtype = arguments.dtype("PReLU", options.dtype)}))
  self:reset_parameters()
end

function PReLU:reset_parameters()
  sg.no_grad(function() self.weight:fill_(self.initial) end)
end

function PReLU:forward(x) return sg.prelu(x, self.weight) end

function PReLU:extra_description() return ("num_parameters=%d"):format(self.num_parameters) end

return {PReLU = PReLU}
