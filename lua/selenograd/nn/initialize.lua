-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.init: fills tensors in place, from the context's random stream (sg.manual_seed). Each returns its tensor.
-- Formulas: Glorot and Bengio 2010 (xavier), He et al. 2015 (kaiming); names and defaults are PyTorch's.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

local init = {}

local function check_tensor(owner, tensor) return arguments.tensor(owner, "tensor", tensor) end

local function assign(tensor, source)
  sg.no_grad(function() tensor:copy_(source) end)
  return tensor
end

-- Uniform in [low, high), default [0, 1); low <= high.
function init.uniform_(tensor, low, high)
  low, high = low or 0, high or 1
  check_tensor("init.uniform_", tensor)
  arguments.number("init.uniform_", "low", low, "(-inf, inf)")
  arguments.number("init.uniform_", "high", high, "(-inf, inf)")
  if high < low then fail("init.uniform_: high is %g, expected at least low = %g", high, low) end
  return assign(tensor, sg.rand_like(tensor) * (high - low) + low)
end

-- Normal, default mean 0 and standard deviation 1.
function init.normal_(tensor, mean, deviation)
  mean, deviation = mean or 0, deviation or 1
  check_tensor("init.normal_", tensor)
  arguments.number("init.normal_", "mean", mean, "(-inf, inf)")
  arguments.number("init.normal_", "deviation", deviation, "[0, inf)")
  return assign(tensor, sg.randn_like(tensor) * deviation + mean)
end

function init.constant_(tensor, value)
  check_tensor("init.constant_", tensor)
  arguments.number("init.constant_", "value", value, "[-inf, inf]")
  sg.no_grad(function() tensor:fill_(value) end)
  return tensor
end

function init.zeros_(tensor) return init.constant_(tensor, 0) end
function init.ones_(tensor) return init.constant_(tensor, 1) end

-- The number of inputs and outputs of one unit of a weight (out, in, kernel...).
function init.calculate_fans(tensor)
  local shape = check_tensor("init.calculate_fans", tensor).shape
  if #shape < 2 then
    fail("init: weight has shape [%s], expected at least 2 dimensions (out, in, ...)", table.concat(shape, ", "))
  end
  local receptive_field = 1
  for i = 3, #shape do receptive_field = receptive_field * shape[i] end
  return shape[2] * receptive_field, shape[1] * receptive_field
end

local gains = {
  linear = function() return 1 end,
  sigmoid = function() return 1 end,
  tanh = function() return 5 / 3 end,
  relu = function() return math.sqrt(2) end,
  leaky_relu = function(slope) return math.sqrt(2 / (1 + slope * slope)) end,
}

local leaky_slope = sg.op_info("leaky_relu").attributes[1].default

-- The recommended gain of a nonlinearity; `slope` is leaky_relu's (default: that of the op).
function init.calculate_gain(nonlinearity, slope)
  arguments.choice("init.calculate_gain", "nonlinearity", nonlinearity, arguments.names(gains))
  slope = slope == nil and leaky_slope or arguments.number("init.calculate_gain", "slope", slope, "(-inf, inf)")
  return gains[nonlinearity](slope)
end

local function kaiming_deviation(owner, tensor, options)
  options = arguments.options(owner, options, {a = 0, mode = "fan_in", nonlinearity = "leaky_relu"})
  arguments.choice(owner, "mode", options.mode, {"fan_in", "fan_out"})
  local fan_in, fan_out = init.calculate_fans(tensor)
  local fan = options.mode == "fan_in" and fan_in or fan_out
  return fan > 0 and init.calculate_gain(options.nonlinearity, options.a) / math.sqrt(fan) or 0
end

-- Options: a (slope of the rectifier, default 0), mode ("fan_in" or "fan_out"), nonlinearity ("leaky_relu").
function init.kaiming_uniform_(tensor, options)
  local bound = math.sqrt(3) * kaiming_deviation("init.kaiming_uniform_", tensor, options)
  return init.uniform_(tensor, -bound, bound)
end

function init.kaiming_normal_(tensor, options)
  return init.normal_(tensor, 0, kaiming_deviation("init.kaiming_normal_", tensor, options))
end

local function xavier_deviation(owner, tensor, gain)
  gain = gain == nil and 1 or arguments.number(owner, "gain", gain, "(-inf, inf)")
  local fan_in, fan_out = init.calculate_fans(tensor)
  return math.abs(gain) * math.sqrt(2 / (fan_in + fan_out))
end

function init.xavier_uniform_(tensor, gain)
  local bound = math.sqrt(3) * xavier_deviation("init.xavier_uniform_", tensor, gain)
  return init.uniform_(tensor, -bound, bound)
end

function init.xavier_normal_(tensor, gain)
  return init.normal_(tensor, 0, xavier_deviation("init.xavier_normal_", tensor, gain))
end

-- PyTorch's default for Linear and Conv2d: the weight by kaiming_uniform_ with a = sqrt(5), that is uniform in
-- +-1/sqrt(fan_in), and the bias (nil is allowed) uniform in the same bounds.
function init.default_(weight, bias)
  init.kaiming_uniform_(weight, {a = math.sqrt(5)})
  if bias == nil then return end
  local fan_in = init.calculate_fans(weight)
  local bound = fan_in > 0 and 1 / math.sqrt(fan_in) or 0
  init.uniform_(bias, -bound, bound)
end

return init
