-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Elementwise functions as modules, with the options of the op: nn.ReLU(), nn.ELU({alpha = 2}), ...; and
-- nn.Identity(), which returns its arguments.

local Module = require("selenograd.nn.module").Module
local of_op = require("selenograd.nn.of_op").of_op

local Identity = Module:extend("Identity")

function Identity:forward(...) return ... end

return {
  CELU = of_op("CELU", "celu"),
  ELU = of_op("ELU", "elu"),
  GELU = of_op("GELU", "gelu"),
  GLU = of_op("GLU", "glu"),
  Hardshrink = of_op("Hardshrink", "hardshrink"),
  Hardsigmoid = of_op("Hardsigmoid", "hardsigmoid"),
  Hardswish = of_op("Hardswish", "hardswish"),
  Hardtanh = of_op("Hardtanh", "hardtanh"),
  LeakyReLU = of_op("LeakyReLU", "leaky_relu"),
  LogSoftmax = of_op("LogSoftmax", "log_softmax"),
  LogSigmoid = of_op("LogSigmoid", "logsigmoid"),
  Mish = of_op("Mish", "mish"),
  ReLU = of_op("ReLU", "relu"),
  ReLU6 = of_op("ReLU6", "relu6"),
  RReLU = of_op("RReLU", "rrelu", {training = true}), -- the mode that the module is in
  SELU = of_op("SELU", "selu"),
  SiLU = of_op("SiLU", "silu"),
  Sigmoid = of_op("Sigmoid", "sigmoid"),
  Softmax = of_op("Softmax", "softmax"),
  Softmin = of_op("Softmin", "softmin"),
  Softplus = of_op("Softplus", "softplus"),
  Softshrink = of_op("Softshrink", "softshrink"),
  Softsign = of_op("Softsign", "softsign"),
  Tanh = of_op("Tanh", "tanh"),
  Tanhshrink = of_op("Tanhshrink", "tanhshrink"),
  Threshold = of_op("Threshold", "threshold"),
  Identity = Identity,
}
