-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Conv2d(in_channels, out_channels, kernel_size,
--           {stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype = "f32"})
-- on x of shape (N, in_channels, H, W). Sizes are a number or {height, width}.
-- Parameters: weight (out_channels, in_channels / groups, kernel height, kernel width), bias (out_channels).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local Module = require("selenograd.nn.module").Module

local Conv2d = Module:extend("Conv2d")

local defaults = {stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype = "f32"}

function Conv2d:init(in_channels, out_channels, kernel_size, options)
  self.in_channels = arguments.whole("Conv2d", "in_channels", in_channels, 1)
  self.out_channels = arguments.whole("Conv2d", "out_channels", out_channels, 1)
  self.kernel_size = arguments.whole_list("Conv2d", "kernel_size", kernel_size, 2, 1)
  options = arguments.options("Conv2d", options, defaults)
  self.options = {
    stride = arguments.whole_list("Conv2d", "stride", options.stride, 2, 1),
    padding = arguments.whole_list("Conv2d", "padding", options.padding, 2, 0),
    dilation = arguments.whole_list("Conv2d", "dilation", options.dilation, 2, 1),
    groups = arguments.whole("Conv2d", "groups", options.groups, 1),
  }
  if in_channels % options.groups ~= 0 or out_channels % options.groups ~= 0 then
    fail("Conv2d: groups is %d, expected a divisor of in_channels %d and out_channels %d", options.groups,
      in_channels, out_channels)
  end
  local dtype = {dtype = arguments.dtype("Conv2d", options.dtype)}
  local height, width = self.kernel_size[1], self.kernel_size[2]
  self:register_parameter("weight", sg.zeros(out_channels, in_channels // options.groups, height, width, dtype))
  if arguments.boolean("Conv2d", "bias", options.bias) then
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

local function pair(list)
  return "(" .. list[1] .. ", " .. list[2] .. ")"
end

function Conv2d:extra_description()
  local options = self.options
  local words = {
    string.format("%d, %d, kernel_size=%s, stride=%s", self.in_channels, self.out_channels, pair(self.kernel_size),
      pair(options.stride)),
  }
  if pair(options.padding) ~= "(0, 0)" then words[#words + 1] = "padding=" .. pair(options.padding) end
  if pair(options.dilation) ~= "(1, 1)" then words[#words + 1] = "dilation=" .. pair(options.dilation) end
  if options.groups ~= 1 then words[#words + 1] = "groups=" .. options.groups end
  if self.bias == nil then words[#words + 1] = "bias=false" end
  return table.concat(words, ", ")
end

return {Conv2d = Conv2d}
