-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Conv2d(in_channels, out_channels, kernel_size,
--           {stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype = "f32"})
-- on x of shape (N, in_channels, H, W). Sizes are a number or {height, width}. The first four options are those
-- of the op conv2d.
-- Parameters: weight (out_channels, in_channels / groups, kernel height, kernel width), bias (out_channels).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local Module = require("selenograd.nn.module").Module
local text = require("selenograd.nn.of_op").text

local Conv2d = Module:extend("Conv2d")

local pairs_of = {"stride", "padding", "dilation"}

-- The options of the op, with pairs for sizes, and those of the module.
local function read_options(options)
  local of_op, own = arguments.op_options("Conv2d", "conv2d", options, {bias = true, dtype = "f32"})
  for _, name in ipairs(pairs_of) do of_op[name] = arguments.per_dimension("Conv2d", name, of_op[name], 2) end
  return of_op, own
end

local defaults = read_options()

function Conv2d:init(in_channels, out_channels, kernel_size, options)
  self.in_channels = arguments.whole("Conv2d", "in_channels", in_channels, 1)
  self.out_channels = arguments.whole("Conv2d", "out_channels", out_channels, 1)
  self.kernel_size = arguments.whole_list("Conv2d", "kernel_size", kernel_size, 2, 1)
  local own
  self.options, own = read_options(options)
  local groups = self.options.groups
  if in_channels % groups ~= 0 or out_channels % groups ~= 0 then
    fail("Conv2d: groups is %d, expected a divisor of in_channels %d and out_channels %d", groups, in_channels,
      out_channels)
  end
  local dtype = {dtype = arguments.dtype("Conv2d", own.dtype)}
  local height, width = self.kernel_size[1], self.kernel_size[2]
  self:register_parameter("weight", sg.zeros(out_channels, in_channels // groups, height, width, dtype))
  if arguments.boolean("Conv2d", "bias", own.bias) then
    self:register_parameter("bias", sg.zeros(out_channels, dtype))
  end
  self:reset_parameters()
end

function Conv2d:reset_parameters()
  init.default_(self.weight, self.bias)
end

function Conv2d:forward(x)
  return sg.conv2d(x, self.weight, self.bias, self.options)
end

function Conv2d:extra_description()
  local options = self.options
  local words = {
    ("%d, %d, kernel_size=%s, stride=%s"):format(self.in_channels, self.out_channels, text(self.kernel_size),
      text(options.stride)),
  }
  for _, name in ipairs {"padding", "dilation", "groups"} do
    local value = text(options[name])
    if value ~= text(defaults[name]) then words[#words + 1] = name .. "=" .. value end
  end
  if self.bias == nil then words[#words + 1] = "bias=false" end
  return table.concat(words, ", ")
end

return {Conv2d = Conv2d}
