-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.data: reading data sets, and cutting them into minibatches.

local arguments = require "selenograd.arguments"
local loader = require "selenograd.data.loader"

return arguments.library("data", arguments.strict_functions("", {
  idx = require "selenograd.data.idx",
  fashion_mnist = require "selenograd.data.fashion_mnist",
  standardize = require "selenograd.data.standardize",
  TensorDataset = require("selenograd.data.dataset").TensorDataset,
  loader = loader.loader,
  batches = loader.batches,
}))
