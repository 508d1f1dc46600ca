-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d(kernel_size, {stride = kernel_size, padding = 0, dilation = 1,
-- ceil_mode = false}) on (N, C, L), (N, C, H, W), (N, C, D, H, W): the largest value of every window. Sizes are a
-- number or a list with one for each spatial dimension.

local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local of_op = require("selenograd.nn.of_op").of_op

local function max_pool(name, op, spatial)
  local MaxPool = of_op(name, op)
  local init = MaxPool.init

  function MaxPool:init(kernel_size, options)
    local all = {kernel_size = kernel_size}
    for option, value in pairs(arguments.option_table(name, options)) do
      if option == "kernel_size" then fail("%s: kernel_size is given twice", name) end
      all[option] = value
    end
    init(self, all)
    if #self.stride == 0 then self.stride = self.kernel_size end
    for _, size in ipairs {"kernel_size", "stride", "padding", "dilation"} do
      self[size] = arguments.per_dimension(name, size, self[size], spatial)
    end
  end

  return MaxPool
end

local classes = {}
for spatial = 1, 3 do
  local name = "MaxPool" .. spatial .. "d"
  classes[name] = max_pool(name, "max_pool" .. spatial .. "d", spatial)
end
return classes
