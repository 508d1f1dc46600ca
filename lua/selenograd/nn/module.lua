-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Module: what has parameters, buffers and child modules. A class of your own:
--
--   local Net = nn.Module:extend("Net")
--   function Net:init(width)
--     self.hidden = nn.Linear(784, width)       -- a module assigned to a field becomes a child
--     self.scale = nn.Parameter(sg.ones(1))     -- a Parameter assigned to a field becomes a parameter
--   end
--   function Net:forward(x)
--     return self.hidden(x):relu() * self.scale
--   end
--   local net = Net(128)
--   local y = net(x)
--
-- Parameters, buffers and children keep the order in which they were registered, and their dotted names
-- ("hidden.weight") are PyTorch's; what is assigned in place of another keeps its place. module[i] is the i-th
-- child, counted from the end where i is negative, #module their number, and module[i] = other puts another in its
-- place. Arguments that init or forward do not name are an error.
--
-- A module or parameter in a plain table would be trained by nobody, so it is an error: nn.ModuleList,
-- nn.ModuleDict, nn.ParameterList and nn.ParameterDict register what they hold. A table with a metatable is left
-- alone.

local arguments = require "selenograd.arguments"
local class = require "selenograd.nn.class"
local state = require "selenograd.nn.state"
local Module, each = class.Module, class.each

-- ---- Printing -----------------------------------------------------------------------------------

-- The words between the parentheses of a module without children; classes define it.
function Module:extra_description() return "" end

local function describe(self, entered)
  local extra = self:extra_description()
  if entered[self] then return self.class_name .. "(...)" end -- it contains itself
  if #self._children.names == 0 then return self.class_name .. "(" .. extra .. ")" end
  entered[self] = true
  local lines = {self.class_name .. "("}
  if extra ~= "" then lines[#lines + 1] = "  " .. extra end
  for name, child in each(self._children) do
    local text = child.describe == Module.describe and describe(child, entered) or child:describe()
    lines[#lines + 1] = "  (" .. name .. "): " .. text:gsub("\n", "\n  ")
  end
  lines[#lines + 1] = ")"
  entered[self] = nil
  return table.concat(lines, "\n")
end

function Module:describe() return describe(self, {}) end

local function parent_of(made)
  local meta = getmetatable(made)
  return meta and meta.__index
end

-- Makes the methods of a class of the library, and of those it inherits from, refuse surplus arguments and what is
-- no module of the class.
local function seal(made)
  if parent_of(made) then seal(parent_of(made)) end
  local function is_self(value)
    local ancestor = class.is_module(value) and getmetatable(value).module_class or nil
    while ancestor and ancestor ~= made do ancestor = parent_of(ancestor) end
    return ancestor ~= nil
  end
  return arguments.strict_methods(made, is_self, "a " .. made.class_name)
end

seal(Module)

return {
  Module = Module,
  Parameter = class.Parameter,
  is_module = class.is_module,
  functional_call = state.functional_call,
  seal = seal,
}
