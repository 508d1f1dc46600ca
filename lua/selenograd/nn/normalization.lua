-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Normalizations by what a sample holds itself, so that training and evaluation do the same. Semantics are those of
-- PyTorch; eps is that of the op.
--
--   nn.LayerNorm(normalized_shape, {eps, elementwise_affine = true, bias = true, dtype = "f32"})
--     the last dimensions, a number or a list of extents. Ba, Kiros and Hinton 2016.
--   nn.RMSNorm(normalized_shape, {eps, elementwise_affine = true, dtype = "f32"})
--     the same without a mean and a bias. Zhang and Sennrich 2019.
--   nn.GroupNorm(num_groups, num_channels, {eps, affine = true, dtype = "f32"}) on (N, C, ...)
--     groups of neighbouring channels. Wu and He 2018.
--   nn.InstanceNorm1d(num_features, {eps, affine = false, dtype = "f32"}) on (N, C, L), InstanceNorm2d on
--   (N, C, H, W), InstanceNorm3d on (N, C, D, H, W)
--     every channel. Ulyanov, Vedaldi and Lempitsky 2016. There are no running statistics.
--
-- Parameters, where affine: weight and bias, of the shape normalized_shape, or (C).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local text = require("selenograd.nn.of_op").text
local Module = require("selenograd.nn.module").Module

-- ---- What they share ----------------------------------------------------------------------------

local Norm = Module:extend("Norm")

function Norm:register_affine(shape, dtype, bias)
  local options = {dtype = arguments.dtype(self.class_name, dtype)}
  self:register_parameter("weight", sg.ones(shape, options))
  if bias then self:register_parameter("bias", sg.zeros(shape, options)) end
end

function Norm:reset_parameters()
  if self.weight then init.ones_(self.weight) end
  if self.bias then init.zeros_(self.bias) end
end

-- y alone: the moments hold the graph, which must not wait for Lua's collector.
local function without_moments(y, moment, other)
  local _ <close> = moment
  local _ <close> = other
  return y
end

-- The options with one that the constructor takes by its place.
local function with(owner, name, value, options)
  local all = {[name] = value}
  for key, item in pairs(arguments.option_table(owner, options)) do
    if key == name then fail("%s: %s is given twice", owner, name) end
    all[key] = item
  end
  return all
end

-- ---- LayerNorm and RMSNorm ----------------------------------------------------------------------

local function init_trailing(self, op, normalized_shape, options, others)
  local name, of_op = self.class_name, nil
  of_op, others = arguments.op_options(name, op, with(name, "normalized_shape", normalized_shape, options), others)
  if #of_op.normalized_shape == 0 then fail("%s: normalized_shape is empty, expected a dimension or more", name) end
  self.normalized_shape, self.eps = of_op.normalized_shape, of_op.eps
  self.elementwise_affine = arguments.boolean(name, "elementwise_affine", others.elementwise_affine)
  return others
end

local function describe_trailing(self)
  return string.format("%s, eps=%g, elementwise_affine=%s", text(self.normalized_shape), self.eps,
    self.elementwise_affine)
end

local LayerNorm = Norm:extend("LayerNorm")

function LayerNorm:init(normalized_shape, options)
  local others = init_trailing(self, "layer_norm", normalized_shape, options,
    {elementwise_affine = true, bias = true, dtype = arguments.DEFAULT_DTYPE})
  local bias = arguments.boolean("LayerNorm", "bias", others.bias)
  if self.elementwise_affine then self:register_affine(self.normalized_shape, others.dtype, bias) end
end

function LayerNorm:forward(x)
  local options = {normalized_shape = self.normalized_shape, eps = self.eps}
  return without_moments(sg.layer_norm(x, self.weight, self.bias, options))
end

LayerNorm.extra_description = describe_trailing

local RMSNorm = Norm:extend("RMSNorm")

function RMSNorm:init(normalized_shape, options)
  local others = init_trailing(self, "rms_norm", normalized_shape, options,
    {elementwise_affine = true, dtype = arguments.DEFAULT_DTYPE})
  if self.elementwise_affine then self:register_affine(self.normalized_shape, others.dtype, false) end
end

function RMSNorm:forward(x)
  local options = {normalized_shape = self.normalized_shape, eps = self.eps}
  return without_moments(sg.rms_norm(x, self.weight, options))
end

RMSNorm.extra_description = describe_trailing

-- ---- GroupNorm ----------------------------------------------------------------------------------

-- Refuses what is no tensor, or has not so many channels in its second dimension.
local function check_channels(self, name, channels, x)
  local shape = arguments.tensor(self.class_name, "x", x).shape
  if shape[2] ~= channels then
    fail("%s: x has shape [%s], expected %s = %d channels", self.class_name, table.concat(shape, ", "), name,
      channels)
  end
  return shape
end

local GroupNorm = Norm:extend("GroupNorm")

function GroupNorm:init(num_groups, num_channels, options)
  local of_op, others = arguments.op_options("GroupNorm", "group_norm",
    with("GroupNorm", "num_groups", num_groups, options), {affine = true, dtype = arguments.DEFAULT_DTYPE})
  self.num_groups, self.eps = of_op.num_groups, of_op.eps
  self.num_channels = arguments.whole("GroupNorm", "num_channels", num_channels, 1)
  if self.num_channels % self.num_groups ~= 0 then
    fail("GroupNorm: num_channels is %d, expected a multiple of num_groups = %d", self.num_channels,
      self.num_groups)
  end
  self.affine = arguments.boolean("GroupNorm", "affine", others.affine)
  if self.affine then self:register_affine({self.num_channels}, others.dtype, true) end
end

function GroupNorm:forward(x)
  check_channels(self, "num_channels", self.num_channels, x)
  local options = {num_groups = self.num_groups, eps = self.eps}
  return without_moments(sg.group_norm(x, self.weight, self.bias, options))
end

function GroupNorm:extra_description()
  return string.format("%d, %d, eps=%g, affine=%s", self.num_groups, self.num_channels, self.eps, self.affine)
end

-- ---- InstanceNorm -------------------------------------------------------------------------------

local InstanceNorm = Norm:extend("InstanceNorm")

function InstanceNorm:init(num_features, options)
  local name = self.class_name
  local of_op, others = arguments.op_options(name, "instance_norm", options,
    {affine = false, dtype = arguments.DEFAULT_DTYPE})
  self.num_features, self.eps = arguments.whole(name, "num_features", num_features, 1), of_op.eps
  self.affine = arguments.boolean(name, "affine", others.affine)
  if self.affine then self:register_affine({self.num_features}, others.dtype, true) end
end

function InstanceNorm:forward(x)
  local shape = check_channels(self, "num_features", self.num_features, x)
  if #shape ~= self.rank then
    fail("%s: x has shape [%s], expected %s", self.class_name, table.concat(shape, ", "), self.layout)
  end
  return without_moments(sg.instance_norm(x, self.weight, self.bias, {eps = self.eps}))
end

function InstanceNorm:extra_description()
  return string.format("%d, eps=%g, affine=%s", self.num_features, self.eps, self.affine)
end

local function variant(name, rank, layout)
  local class = InstanceNorm:extend(name)
  class.rank, class.layout = rank, layout
  return class
end

return {
  LayerNorm = LayerNorm,
  RMSNorm = RMSNorm,
  GroupNorm = GroupNorm,
  InstanceNorm1d = variant("InstanceNorm1d", 3, "3 dimensions (N, C, L)"),
  InstanceNorm2d = variant("InstanceNorm2d", 4, "4 dimensions (N, C, H, W)"),
  InstanceNorm3d = variant("InstanceNorm3d", 5, "5 dimensions (N, C, D, H, W)"),
}
