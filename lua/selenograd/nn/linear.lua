-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Linear(in_features, out_features, {bias = true, dtype = "f32"}): y = x W^T + b over the last dimension of x.
-- Parameters: weight (out_features, in_features), bias (out_features).

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
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

return {Linear = Linear}
