-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Linear(in_features, out_features, {bias = true, dtype = "f32"}): y = x W^T + b over the last dimension of x.
-- Parameters: weight (out_features, in_features), bias (out_features).
-- nn.Bilinear(in1_features, in2_features, out_features, {bias = true, dtype = "f32"}): of two inputs, linear in
-- each. Parameters: weight (out_features, in1_features, in2_features), bias (out_features), at first uniform within
-- 1 / sqrt(in1_features).

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local weighted = require "selenograd.nn.weighted"

local Linear = weighted.weighted("Linear")

function Linear:init(in_features, out_features, options)
  self.in_features = arguments.whole("Linear", "in_features", in_features, 1)
  self.out_features = arguments.whole("Linear", "out_features", out_features, 1)
  options = arguments.options("Linear", options, weighted.defaults)
  self:register_weights(options, {self.out_features, self.in_features})
end

function Linear:forward(x)
  return sg.linear(x, self.weight, self.bias)
end

function Linear:extra_description()
  return string.format("in_features=%d, out_features=%d, bias=%s", self.in_features, self.out_features,
    self.bias ~= nil)
end

local Bilinear = weighted.weighted("Bilinear")

function Bilinear:init(in1_features, in2_features, out_features, options)
  self.in1_features = arguments.whole("Bilinear", "in1_features", in1_features, 1)
  self.in2_features = arguments.whole("Bilinear", "in2_features", in2_features, 1)
  self.out_features = arguments.whole("Bilinear", "out_features", out_features, 1)
  options = arguments.options("Bilinear", options, weighted.defaults)
  self:register_weights(options, {self.out_features, self.in1_features, self.in2_features})
end

function Bilinear:reset_parameters()
  local bound = 1 / math.sqrt(self.in1_features)
  init.uniform_(self.weight, -bound, bound)
  if self.bias then init.uniform_(self.bias, -bound, bound) end
end

function Bilinear:forward(x1, x2) return sg.bilinear(x1, x2, self.weight, self.bias) end

function Bilinear:extra_description()
  return string.format("in1_features=%d, in2_features=%d, out_features=%d, bias=%s", self.in1_features,
    self.in2_features, self.out_features, self.bias ~= nil)
end

return {Linear = Linear, Bilinear = Bilinear}
