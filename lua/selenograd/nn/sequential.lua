-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Sequential(a, b, ...): calls its modules one after the other. model[1] is the first; in names of parameters it
-- is "0", as in PyTorch, so that checkpoints move both ways.

local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local module = require "selenograd.nn.module"

local Sequential = module.Module:extend("Sequential")

function Sequential:init(...)
  for i = 1, select("#", ...) do
    local child = select(i, ...)
    if not module.is_module(child) then
      fail("Sequential: argument %d is %s, expected a module", i, arguments.describe(child))
    end
    self:append(child)
  end
end

-- append(module): adds a module at the end. Returns the container.
function Sequential:append(child)
  self:register_module(tostring(#self), child)
  return self
end

function Sequential:forward(x)
  for i = 1, #self do x = self[i](x) end
  return x
end

return Sequential
