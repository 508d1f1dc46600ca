-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a value is to a module: another module, a parameter, or neither.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"

local kind = {}

-- The tensors that become parameters when they are assigned to a field of a module.
local parameters = setmetatable({}, {__mode = "k"})

-- Parameter(tensor): the tensor, which must be a leaf and now requires a gradient, marked as a parameter. An
-- enclosing sg.tidy leaves it alone, as it does buffers.
function kind.Parameter(tensor)
  arguments.tensor("Parameter", "argument", tensor)
  tensor.requires_grad = true
  parameters[tensor] = true
  return core.keep(tensor)
end

function kind.is_parameter(value)
  return value ~= nil and parameters[value] == true
end

function kind.is_module(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.module_class ~= nil
end

-- "module", "parameter" or nil.
function kind.of(value)
  return kind.is_module(value) and "module" or kind.is_parameter(value) and "parameter" or nil
end

return kind
