-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Unfold(kernel_size, {dilation, padding, stride}): (N, C, H, W) becomes (N, C kh kw, L), the patches as columns
-- (im2col); nn.Fold(output_size, kernel_size, {dilation, padding, stride}): images from such columns (fold).
-- nn.LocalResponseNorm(size, {alpha, beta, k}) on (N, C, ...): local_response_norm.
-- nn.Upsample({size} or {scale_factor, mode, align_corners, recompute_scale_factor}): interpolate.

local of_op = require("selenograd.nn.of_op").of_op
local placed = require("selenograd.nn.placed").placed

return {
  Unfold = placed("Unfold", "im2col", {"kernel_size"}, 2),
  Fold = placed("Fold", "fold", {"output_size", "kernel_size"}, 2),
  LocalResponseNorm = placed("LocalResponseNorm", "local_response_norm", {"size"}),
  Upsample = of_op("Upsample", "interpolate"),
}
