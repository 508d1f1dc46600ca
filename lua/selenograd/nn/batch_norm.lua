-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.BatchNorm1d(num_features, options) on (N, C) or (N, C, L), nn.BatchNorm2d on (N, C, H, W), nn.BatchNorm3d on
-- (N, C, D, H, W). Reference: Ioffe and Szegedy 2015; semantics are those of PyTorch.
--
-- Options: eps (that of the op batch_norm), momentum = 0.1 (false: the cumulative average over all batches),
-- affine = true, track_running_stats = true, dtype = "f32".
-- Parameters: weight, bias (C) when affine. Buffers: running_mean, running_var (C), num_batches_tracked ().
--
-- Training normalizes by the batch's mean and biased variance, and moves the running statistics towards its mean
-- and unbiased variance:  running = (1 - momentum) * running + momentum * batch
-- Evaluation normalizes by the running statistics, or by the batch's when track_running_stats = false.
--
-- A second argument, mask, says what counts: bools, x's shape without its channels, or i64, (N), so many positions
-- along the last dimension of each sample. The statistics are those of these positions, in training and in what is
-- kept, and the result is 0 at all others (sg.masked_batch_norm).
--
-- Running statistics are finite. A batch that would make one NaN or infinite is an error and leaves them as they
-- were: they would never recover, and a running variance of infinity turns every later y into beta. Evaluation by
-- statistics that are not finite, loaded ones say, is an error too.

local core = require "selenograd.core"
local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local Module = require("selenograd.nn.module").Module

local BatchNorm = Module:extend("BatchNorm")

local defaults = {momentum = 0.1, affine = true, track_running_stats = true, dtype = arguments.DEFAULT_DTYPE}

function BatchNorm:init(num_features, options)
  local name = self.class_name
  self.num_features = arguments.whole(name, "num_features", num_features, 1)
  local of_op
  of_op, options = arguments.op_options(name, "batch_norm", options, defaults)
  self.eps = of_op.eps
  self.momentum = options.momentum and arguments.number(name, "momentum", options.momentum, "[0, 1]")
  self.affine = arguments.boolean(name, "affine", options.affine)
  self.track_running_stats = arguments.boolean(name, "track_running_stats", options.track_running_stats)
  local dtype = {dtype = arguments.dtype(name, options.dtype)}
  if self.affine then
    self:register_parameter("weight", sg.ones(num_features, dtype))
    self:register_parameter("bias", sg.zeros(num_features, dtype))
  end
  if self.track_running_stats then
    self:register_buffer("running_mean", sg.zeros(num_features, dtype))
    self:register_buffer("running_var", sg.ones(num_features, dtype))
    self:register_buffer("num_batches_tracked", sg.tensor(0, {dtype = "i64"}))
  end
end

function BatchNorm:reset_running_stats()
  if not self.track_running_stats then return end
  self.running_mean:zero_()
  self.running_var:fill_(1)
  self.num_batches_tracked:zero_()
end

function BatchNorm:reset_parameters()
  self:reset_running_stats()
  if not self.affine then return end
  init.ones_(self.weight)
  init.zeros_(self.bias)
end

function BatchNorm:check_input(x)
  if not sg.is_tensor(x) then fail("%s: x is %s, expected a tensor", self.class_name, arguments.describe(x)) end
  local shape = x.shape
  if not self.layouts[#shape] then
    fail("%s: x has shape [%s], expected %s", self.class_name, table.concat(shape, ", "), self.layout_text)
  end
  if shape[2] ~= self.num_features then
    fail("%s: x has %d channels (shape [%s]), expected num_features = %d", self.class_name, shape[2],
      table.concat(shape, ", "), self.num_features)
  end
end

local function check_running_stats(self)
  for _, which in ipairs {"running_mean", "running_var"} do
    local channel = core.first_not_finite(self[which])
    if channel then
      fail("%s: %s of channel %d is %s, expected a finite number to normalize by in evaluation", self.class_name,
        which, channel, arguments.describe(self[which][channel]:item()))
    end
  end
end

-- Lengths as a mask: (N, ..., L).
local function mask_of(self, x, mask)
  if not sg.is_tensor(mask) then
    fail("%s: mask is %s, expected a tensor", self.class_name, arguments.describe(mask))
  end
  local shape, positions, samples = x.shape, {x.shape[1]}, {-1}
  for d = 3, #shape do positions[d - 1], samples[d - 1] = shape[d], 1 end
  if mask.dtype ~= "i64" or #shape == 2 or #mask.shape ~= 1 or mask.shape[1] ~= shape[1] then return mask end
  return sg.arange(shape[#shape], {dtype = "i64"}):lt(mask:reshape(samples)):expand(positions)
end

local function evaluate(self, x, mask)
  check_running_stats(self)
  local y = sg.batch_norm_inference(x, self.running_mean, self.running_var, self.weight, self.bias,
    {eps = self.eps})
  return mask and sg.where(mask:unsqueeze(2), y, sg.zeros({}, {dtype = y.dtype})) or y
end

function BatchNorm:forward(x, mask)
  self:check_input(x)
  if mask ~= nil then mask = mask_of(self, x, mask) end
  if not self.training and self.track_running_stats then return evaluate(self, x, mask) end
  local y, batch_mean, batch_var
  if mask then
    y, batch_mean, batch_var = sg.masked_batch_norm(x, mask, self.weight, self.bias, {eps = self.eps})
  else
    y, batch_mean, batch_var = sg.batch_norm(x, self.weight, self.bias, {eps = self.eps})
  end
  -- They hold the graph of this batch, which must not wait for Lua's collector.
  local mean <close> = batch_mean
  local var <close> = batch_var
  if self.training and self.track_running_stats and not sg.is_recomputing() then
    local values = mask and mask:sum():item() or x:numel() // self.num_features
    sg.running_stats_step(self.running_mean, self.running_var, self.num_batches_tracked,
      mean:detach(), var:detach(), {values_per_channel = values, momentum = self.momentum or nil,
        cumulative = not self.momentum})
  end
  return y
end

function BatchNorm:extra_description()
  return string.format("%d, eps=%g, momentum=%s, affine=%s, track_running_stats=%s", self.num_features, self.eps,
    self.momentum, self.affine, self.track_running_stats)
end

local function variant(name, layouts, layout_text)
  local class = BatchNorm:extend(name)
  class.layouts, class.layout_text = layouts, layout_text
  return class
end

return {
  BatchNorm1d = variant("BatchNorm1d", {[2] = true, [3] = true}, "2 or 3 dimensions (N, C) or (N, C, L)"),
  BatchNorm2d = variant("BatchNorm2d", {[4] = true}, "4 dimensions (N, C, H, W)"),
  BatchNorm3d = variant("BatchNorm3d", {[5] = true}, "5 dimensions (N, C, D, H, W)"),
}
