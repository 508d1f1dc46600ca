-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Modules without parameters: nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.Identity(), nn.Dropout(p = 0.5),
-- nn.Flatten({start_dim = 2, end_dim = -1}), nn.MaxPool2d(kernel_size, {stride = kernel_size, padding = 0, ...}).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local Module = require("selenograd.nn.module").Module

local function elementwise(name, op)
  local class = Module:extend(name)
  function class:forward(x) return op(x) end
  return class
end

-- ---- Identity -----------------------------------------------------------------------------------

local Identity = Module:extend("Identity")

function Identity:forward(...) return ... end

-- ---- Dropout: in training, zero with probability p, scaled by 1 / (1 - p) ------------------------

local Dropout = Module:extend("Dropout")

function Dropout:init(p)
  if p == nil then p = 0.5 end
  self.p = arguments.number("Dropout", "p", p, "[0, 1)")
end

function Dropout:forward(x)
  if not self.training then return x end
  return sg.dropout(x, {p = self.p})
end

function Dropout:extra_description() return string.format("p=%g", self.p) end

-- ---- Flatten: joins the dimensions from start_dim to end_dim --------------------------------------

local Flatten = Module:extend("Flatten")

function Flatten:init(options)
  options = arguments.options("Flatten", options, {start_dim = 2, end_dim = -1})
  for _, name in ipairs {"start_dim", "end_dim"} do
    local value = options[name]
    if math.type(value) ~= "integer" or value == 0 then
      fail("Flatten: %s is %s, expected a dimension counted from 1, or from -1 at the end", name,
        arguments.describe(value))
    end
  end
  self.start_dim, self.end_dim = options.start_dim, options.end_dim
end

function Flatten:forward(x)
  return sg.flatten(x, {start_dim = self.start_dim, end_dim = self.end_dim})
end

function Flatten:extra_description()
  return string.format("start_dim=%d, end_dim=%d", self.start_dim, self.end_dim)
end

-- ---- MaxPool2d ----------------------------------------------------------------------------------

local MaxPool2d = Module:extend("MaxPool2d")

function MaxPool2d:init(kernel_size, options)
  local kernel = arguments.whole_list("MaxPool2d", "kernel_size", kernel_size, 2, 1)
  options = arguments.options("MaxPool2d", options, {stride = kernel, padding = 0, dilation = 1})
  self.options = {
    kernel_size = kernel,
    stride = arguments.whole_list("MaxPool2d", "stride", options.stride, 2, 1),
    padding = arguments.whole_list("MaxPool2d", "padding", options.padding, 2, 0),
    dilation = arguments.whole_list("MaxPool2d", "dilation", options.dilation, 2, 1),
  }
end

function MaxPool2d:forward(x)
  return (sg.max_pool2d(x, self.options))
end

function MaxPool2d:extra_description()
  local words = {}
  for _, name in ipairs {"kernel_size", "stride", "padding", "dilation"} do
    local value = self.options[name]
    words[#words + 1] = string.format("%s=(%d, %d)", name, value[1], value[2])
  end
  return table.concat(words, ", ")
end

return {
  ReLU = elementwise("ReLU", sg.relu),
  Sigmoid = elementwise("Sigmoid", sg.sigmoid),
  Tanh = elementwise("Tanh", sg.tanh),
  Identity = Identity,
  Dropout = Dropout,
  Flatten = Flatten,
  MaxPool2d = MaxPool2d,
}
