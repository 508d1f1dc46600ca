-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.nn: neural network modules.

local module = require "selenograd.nn.module"

local nn = {
  Module = module.Module,
  Parameter = module.Parameter,
  is_module = module.is_module,
  functional_call = module.functional_call,
  init = require "selenograd.nn.initialize",
  Linear = require "selenograd.nn.linear",
  Conv2d = require "selenograd.nn.conv",
  Sequential = require "selenograd.nn.sequential",
}

for _, name in ipairs {"batch_norm", "simple", "loss"} do
  for class_name, class in pairs(require("selenograd.nn." .. name)) do nn[class_name] = class end
end

return nn
