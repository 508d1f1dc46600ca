-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.nn: neural network modules.

local arguments = require "selenograd.arguments"
local module = require "selenograd.nn.module"

local nn = {
  Module = module.Module,
  Parameter = module.Parameter,
  is_module = module.is_module,
  functional_call = module.functional_call,
}
arguments.strict_functions("nn.", nn)

nn.init = arguments.library("nn.init", arguments.strict_functions("init.", require "selenograd.nn.initialize"))

for class_name, class in pairs(require "selenograd.nn.containers") do nn[class_name] = class end
for _, name in ipairs {
  "linear", "conv", "pooling", "image", "batch_norm", "normalization", "activation", "prelu", "dropout", "flatten",
  "shuffle", "recurrent", "distance", "loss",
} do
  for class_name, class in pairs(require("selenograd.nn." .. name)) do nn[class_name] = module.seal(class) end
end

return arguments.library("nn", nn)
