-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.MaxPool2d(kernel_size, {stride = kernel_size, padding = 0, dilation = 1, ceil_mode = false}) on (N, C, H, W):
-- the largest value of every window. Sizes are a number or {height, width}.

local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local of_op = require("selenograd.nn.of_op").of_op

local MaxPool2d = of_op("MaxPool2d", "max_pool2d")
local init = MaxPool2d.init

function MaxPool2d:init(kernel_size, options)
  local all = {kernel_size = kernel_size}
  for name, value in pairs(arguments.option_table("MaxPool2d", options)) do
    if name == "kernel_size" then fail("MaxPool2d: kernel_size is given twice") end
    all[name] = value
  end
  init(self, all)
  if #self.stride == 0 then self.stride = self.kernel_size end
  for _, name in ipairs {"kernel_size", "stride", "padding", "dilation"} do
    self[name] = arguments.per_dimension("MaxPool2d", name, self[name], 2)
  end
end

return {MaxPool2d = MaxPool2d}
