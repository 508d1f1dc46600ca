-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Dropout(p = 0.5) or nn.Dropout({p = 0.5}): in training, zero with probability p, scaled by 1 / (1 - p); in
-- evaluation its argument. So are nn.Dropout1d, Dropout2d, Dropout3d, which drop whole channels, nn.AlphaDropout
-- and nn.FeatureAlphaDropout, which drop to the limit of selu.

local of_op = require("selenograd.nn.of_op").of_op

local function dropping(name, op)
  local Dropout = of_op(name, op)
  local init, forward = Dropout.init, Dropout.forward

  function Dropout:init(p)
    if type(p) ~= "table" then p = {p = p} end
    init(self, p)
  end

  function Dropout:forward(x)
    return self.training and forward(self, x) or x
  end

  return Dropout
end

return {
  Dropout = dropping("Dropout", "dropout"),
  Dropout1d = dropping("Dropout1d", "dropout1d"),
  Dropout2d = dropping("Dropout2d", "dropout2d"),
  Dropout3d = dropping("Dropout3d", "dropout3d"),
  AlphaDropout = dropping("AlphaDropout", "alpha_dropout"),
  FeatureAlphaDropout = dropping("FeatureAlphaDropout", "feature_alpha_dropout"),
}
