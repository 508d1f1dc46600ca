-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The class nn.Module: how classes and instances are made, and what becomes of an assignment to a field. What
-- modules do is added by tree.lua, state.lua and text.lua.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local hidden = require "selenograd.nn.module.hidden"
local kind = require "selenograd.nn.module.kind"
local register = require "selenograd.nn.module.register"
local is_module, is_parameter = kind.is_module, kind.is_parameter

-- ---- Classes and instances ----------------------------------------------------------------------

local Module = {class_name = "Module", elements = "_children"}

-- The register that a class counts as its elements.
local function elements_of(self)
  return rawget(self, getmetatable(self).module_class.elements)
end

local function lookup(self, key)
  local position = type(key) == "number" and math.tointeger(key)
  if position then
    local elements = elements_of(self)
    return elements.values[elements.names[position < 0 and #elements.names + 1 + position or position]]
  end
  local value = rawget(self, "_fields")[key]
  if value == nil then value = rawget(self, "_parameters").values[key] end
  if value == nil then value = rawget(self, "_children").values[key] end
  if value == nil then value = rawget(self, "_buffers").values[key] end
  if value == nil then value = getmetatable(self).module_class[key] end
  return value
end

local function check_name(self, name)
  if type(name) ~= "string" or name == "" or name:find(".", 1, true) then
    fail("%s: the name %s is not a non-empty string without dots", self.class_name, arguments.describe(name))
  end
  if name == "training" or rawget(self, name) ~= nil or getmetatable(self).module_class[name] ~= nil then
    fail("%s: the name %q is taken", self.class_name, name)
  end
end

local registers = {"_parameters", "_buffers", "_children"}

-- Removes a name from everywhere but the register `except`.
local function forget(self, name, except)
  self._fields[name] = nil
  for _, which in ipairs(registers) do
    if which ~= except then register.remove(self[which], name) end
  end
end

-- Makes self[name] an entry of a register, if the name is a good one.
local function enter(self, which, name, value)
  check_name(self, name)
  register.put(self[which], name, value)
  forget(self, name, which)
end

-- ---- Assignment ---------------------------------------------------------------------------------

local function assign_element(self, position, value)
  position = arguments.whole(self.class_name, "position", position, math.mininteger)
  local names = elements_of(self).names
  local name = names[position < 0 and #names + 1 + position or position]
  if name == nil then
    fail("%s: position %d is outside 1..%d", self.class_name, position, #names)
  end
  self[name] = value
end

local expected_kind = {
  _parameters = "a parameter, assigned %s, expected nn.Parameter(tensor) or nil",
  _buffers = "a buffer, assigned %s, expected a tensor or nil",
  _children = "a module, assigned %s, expected a module or nil",
}

-- A name that is registered never turns into something else unnoticed.
local function refuse_other_kind(self, name, value)
  for _, which in ipairs(registers) do
    if self[which].values[name] ~= nil then
      fail("%s: %s is " .. expected_kind[which], self.class_name, name, arguments.describe(value))
    end
  end
end

-- The instance itself stays empty, so that every assignment arrives here and no module escapes registration.
local function assign(self, name, value)
  if type(name) == "number" and math.tointeger(name) then
    self:assign_element(math.tointeger(name), value)
  elseif is_module(value) then
    self:register_module(name, value)
  elseif is_parameter(value) then
    self:register_parameter(name, value)
  elseif self._buffers.values[name] ~= nil and sg.is_tensor(value) then
    self:register_buffer(name, value)
  elseif value == nil then
    forget(self, name)
  else
    if self.take_field and self:take_field(name, value) then return end
    refuse_other_kind(self, name, value)
    hidden.refuse(self, name, value)
    self._fields[name] = value
  end
end

local function construct(class, ...)
  local self = {
    _fields = {training = true},
    _parameters = register.new(),
    _buffers = register.new(),
    _children = register.new(),
  }
  setmetatable(self, class.instance_metatable)
  arguments.call_method(class.init, self, ...)
  return self
end

local function call(self, ...)
  return arguments.call_method(self.forward, self, ...)
end

-- A class is shared by its instances, and no instance's parameters() looks there.
local function assign_to_class(class, name, value)
  local found = kind.of(value)
  if found then
    fail("%s: %s is a %s in the class, where parameters(), to() and state_dict() do not find it; assign it to self "
      .. "in init", class.class_name, tostring(name), found)
  end
  hidden.refuse(class, name, value)
  rawset(class, name, value)
end

-- What sg.gradcheck does with a module.
local function gradcheck(module, inputs, options)
  return require "selenograd.nn.gradcheck" (module, inputs, options)
end

local function prepare_class(class, parent)
  class.instance_metatable = {
    module_class = class,
    __name = class.class_name,
    __index = lookup,
    __newindex = assign,
    __len = function(self) return #elements_of(self).names end,
    __call = call,
    __gradcheck = gradcheck,
    __pairs = parent and parent.instance_metatable.__pairs,
    __tostring = function(self) return self:describe() end,
  }
  return setmetatable(class, {
    __name = "class " .. class.class_name,
    __index = parent,
    __newindex = assign_to_class,
    __call = construct,
  })
end

prepare_class(Module)

-- Module:extend(name): a new class that inherits from this one.
Module.extend = arguments.strict("Module.extend", function(self, name)
  if type(self) ~= "table" or rawget(self, "instance_metatable") == nil then
    fail("Module.extend: self is %s, expected a class; call it as nn.Module:extend(name)", arguments.describe(self))
  end
  if type(name) ~= "string" then
    fail("Module.extend: name is %s, expected a string; call it as nn.Module:extend(name)",
      arguments.describe(name))
  end
  return prepare_class({class_name = name}, self)
end)

-- Called with the arguments of the class; to be defined by the class.
function Module:init() end

function Module:forward(...)
  fail("%s: the class has no forward function", self.class_name)
end

-- ---- Registration -------------------------------------------------------------------------------

-- register_parameter(name, tensor): makes self[name] a parameter.
function Module:register_parameter(name, tensor)
  check_name(self, name)
  enter(self, "_parameters", name, kind.Parameter(tensor))
end

-- register_buffer(name, tensor): makes self[name] state that is saved and converted but not trained.
function Module:register_buffer(name, tensor)
  if not sg.is_tensor(tensor) then
    fail("%s: buffer %s is %s, expected a tensor", self.class_name, tostring(name), arguments.describe(tensor))
  end
  enter(self, "_buffers", name, sg.keep(tensor))
end

-- register_module(name, module): makes self[name] a child.
function Module:register_module(name, module)
  if not is_module(module) then
    fail("%s: child %s is %s, expected a module", self.class_name, tostring(name), arguments.describe(module))
  end
  enter(self, "_children", name, module)
end

-- What module[i] = value does: the i-th child gives way, nil removes it.
Module.assign_element = assign_element

return {
  Module = Module,
  elements_of = elements_of,
  check_name = check_name,
}
