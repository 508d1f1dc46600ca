-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Normalizing functions composed of recorded ops, in which something was cut off from the graph by mistake.
local sg = require "selenograd"
local s = require "mutants.support"

local function family(name, group, shape, view, dim)
  local function compose(_, m)
    local function keep(what, value) return m.cut == what and value:detach() or value end
    return function(x, gamma)
      local v = x:reshape(view)
      local centred = v - keep("mean", s.mean(v, dim))
      local var = keep("variance", s.mean(keep("centred", centred) * centred, dim))
      local rstd = keep("rstd", sg.rsqrt(var + 1e-5))
      local y = keep("xhat", centred * rstd):reshape(shape) * keep("gamma", gamma)
      return keep("output", y)
    end
  end
  local mistakes = {}
  local says = {mean = "mean(dy), missing", variance = "xhat, missing", centred = "xhat, halved",
                rstd = "xhat, missing", xhat = "zero", gamma = "zero", output = "zero"}
  for _, cut in ipairs {"mean", "variance", "centred", "rstd", "xhat", "gamma", "output"} do
    mistakes[#mistakes + 1] = {name = cut .. " detached", says = says[cut], cut = cut}
  end
  local function inputs() return {s.normal(111, table.unpack(shape)), s.uniform(112, 0.5, 1.5, shape[#shape])} end
  return {name = name, group = group, names = {"x", "gamma"}, inputs = inputs, compose = compose,
          mistakes = mistakes}
end

return {
  family("composed batch norm (8, 4)", "batch norm", {8, 4}, {8, 4}, {1}),
  family("composed layer norm (4, 6)", "layer norm", {4, 6}, {4, 6}, {2}),
  family("composed group norm (2, 6)", "group norm", {2, 6}, {2, 2, 3}, {3}),
}
