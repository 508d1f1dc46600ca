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
--
-- The parts, in module/: class.lua makes classes and instances, tree.lua is about a module and all below it,
-- state.lua about saving and loading, text.lua about print; register.lua, kind.lua and hidden.lua are what these
-- stand on.

local arguments = require "selenograd.arguments"
local kind = require "selenograd.nn.module.kind"
local state = require "selenograd.nn.module.state"
local Module = require("selenograd.nn.module.class").Module
require "selenograd.nn.module.tree"
require "selenograd.nn.module.text"

local function parent_of(made)
  local meta = getmetatable(made)
  return meta and meta.__index
end

-- Makes the methods of a class of the library, and of those it inherits from, refuse surplus arguments and what is
-- no module of the class.
local function seal(made)
  if parent_of(made) then seal(parent_of(made)) end
  local function is_self(value)
    local ancestor = kind.is_module(value) and getmetatable(value).module_class or nil
    while ancestor and ancestor ~= made do ancestor = parent_of(ancestor) end
    return ancestor ~= nil
  end
  return arguments.strict_methods(made, is_self, "a " .. made.class_name)
end

seal(Module)

return {
  Module = Module,
  Parameter = kind.Parameter,
  is_parameter = kind.is_parameter,
  is_module = kind.is_module,
  functional_call = state.functional_call,
  seal = seal,
}
