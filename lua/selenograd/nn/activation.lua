-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Elementwise functions as modules: nn.ReLU(), nn.Sigmoid(), nn.Tanh(), and nn.Identity(), which returns its
-- arguments.

local Module = require("selenograd.nn.module").Module
local of_op = require("selenograd.nn.of_op").of_op

local Identity = Module:extend("Identity")

function Identity:forward(...) return ... end

return {
  ReLU = of_op("ReLU", "relu"),
  Sigmoid = of_op("Sigmoid", "sigmoid"),
  Tanh = of_op("Tanh", "tanh"),
  Identity = Identity,
}
