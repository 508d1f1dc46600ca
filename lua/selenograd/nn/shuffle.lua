-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.PixelShuffle(r) on (..., C r^2, H, W), nn.PixelUnshuffle(r) on (..., C, H r, W r), nn.ChannelShuffle(groups)
-- on (N, C, ...): channels change places with pixels, or with those of other groups.

local of_op = require("selenograd.nn.of_op").of_op

-- The op's one option is the argument.
local function of_number(name, op, option)
  local made = of_op(name, op)
  local init = made.init
  function made:init(number) init(self, {[option] = number}) end
  return made
end

return {
  PixelShuffle = of_number("PixelShuffle", "pixel_shuffle", "upscale_factor"),
  PixelUnshuffle = of_number("PixelUnshuffle", "pixel_unshuffle", "downscale_factor"),
  ChannelShuffle = of_number("ChannelShuffle", "channel_shuffle", "groups"),
}
