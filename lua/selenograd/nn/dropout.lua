-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Dropout(p = 0.5) or nn.Dropout({p = 0.5}): in training, zero with probability p, scaled by 1 / (1 - p); in
-- evaluation its argument.

local of_op = require("selenograd.nn.of_op").of_op

local Dropout = of_op("Dropout", "dropout")
local init, forward = Dropout.init, Dropout.forward

function Dropout:init(p)
  if type(p) ~= "table" then p = {p = p} end
  init(self, p)
end

function Dropout:forward(x)
  return self.training and forward(self, x) or x
end

return {Dropout = Dropout}
