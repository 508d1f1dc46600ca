-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.optim: optimizers and learning rate schedulers.

local arguments = require "selenograd.arguments"
local adam = require "selenograd.optim.adam"
local schedulers = require "selenograd.optim.schedulers"

return arguments.library("optim", arguments.strict_functions("", {
  SGD = require "selenograd.optim.sgd",
  Adam = adam.Adam,
  AdamW = adam.AdamW,
  StepLR = schedulers.StepLR,
  CosineAnnealingLR = schedulers.CosineAnnealingLR,
}))
