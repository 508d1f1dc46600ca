-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Pools on (N, C, L), (N, C, H, W), (N, C, D, H, W), or without N. The options are those of the op of the same name
-- (MaxPool2d: max_pool2d); sizes are a number or a list with one for each spatial dimension.
--
--   nn.MaxPool1d, 2d, 3d(kernel_size, {stride, padding, dilation, return_indices, ceil_mode})
--   nn.AvgPool1d, 2d, 3d(kernel_size, {stride, padding, ceil_mode, count_include_pad, divisor_override})
--   nn.LPPool1d, 2d(norm_type, kernel_size, {stride, ceil_mode})
--   nn.AdaptiveMaxPool1d, 2d, 3d(output_size, {return_indices}), nn.AdaptiveAvgPool1d, 2d, 3d(output_size)
--   nn.MaxUnpool1d, 2d, 3d(kernel_size, {stride, padding}), called with x, indices and, if need be, {output_size}
--
-- With return_indices a pool gives its result and the positions.

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local placed = require("selenograd.nn.placed").placed

local kinds = {
  {"MaxPool", "max_pool", {"kernel_size"}}, {"AvgPool", "avg_pool", {"kernel_size"}},
  {"LPPool", "lp_pool", {"norm_type", "kernel_size"}}, {"MaxUnpool", "max_unpool", {"kernel_size"}},
  {"AdaptiveMaxPool", "adaptive_max_pool", {"output_size"}},
  {"AdaptiveAvgPool", "adaptive_avg_pool", {"output_size"}},
}

local classes = {}
for _, kind in ipairs(kinds) do
  local class, op, places = table.unpack(kind)
  for spatial = 1, class == "LPPool" and 2 or 3 do
    local name = ("%s%dd"):format(class, spatial)
    classes[name] = placed(name, ("%s%dd"):format(op, spatial), places, spatial)
  end
end

for spatial = 1, 3 do
  local name = ("MaxUnpool%dd"):format(spatial)
  local Unpool, apply = classes[name], sg[("max_unpool%dd"):format(spatial)]
  function Unpool:forward(x, indices, options)
    local all = arguments.options(name, options, {output_size = self.output_size})
    all.kernel_size, all.stride, all.padding = self.kernel_size, self.stride, self.padding
    return apply(x, indices, all)
  end
end

return classes
