-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Modules that hold modules or parameters, which plain tables would hide.
--   nn.ModuleList(a, b, ...) or nn.ModuleList({a, b, ...}), nn.ParameterList(v, w, ...)
--     list[i], list[-1], list[i] = x, list[#list + 1] = x, #list, ipairs, pairs
--     append(x), extend(list), insert(i, x) before element i, pop(i = the last): the removed one
--   nn.Sequential(a, b, ...): a ModuleList that calls its modules one after the other
--   nn.ModuleDict({name = a, ...}) or nn.ModuleDict({{name, a}, ...}), nn.ParameterDict(...)
--     dict[name], dict[name] = x, #dict, pairs
--     keys(), values(): lists; items(): for name, x in dict:items(); update(source), pop(name), clear()
--
-- An element of a list is named by its place counted from 0, as in PyTorch, so that checkpoints move both ways:
-- list[1] is "0" in the names of parameters. insert, pop and list[i] = nil count the names again. A dict keeps the
-- order in which names came; those of a plain table come sorted. Tensors put into a ParameterList or ParameterDict
-- become parameters.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local module = require "selenograd.nn.module"
local class = require "selenograd.nn.module.class"
local each = require("selenograd.nn.module.register").each
local Module, Parameter, elements_of = module.Module, module.Parameter, class.elements_of

-- What a container holds, by its register.
local kinds = {
  _children = {expected = "a module", is = module.is_module, register = Module.register_module},
  _parameters = {expected = "a tensor", is = sg.is_tensor, register = Module.register_parameter},
}

local function kind_of(self) return kinds[self.elements] end

local function check_element(self, where, value)
  local kind = kind_of(self)
  if not kind.is(value) then
    fail("%s: %s is %s, expected %s", self.class_name, where, arguments.describe(value), kind.expected)
  end
  return value
end

-- Whether a value is a container like self: of the same form, and of modules or of parameters like it.
local function is_like(self, value)
  return module.is_module(value) and value.form == self.form and value.elements == self.elements
end

local function list_of_values(self)
  local elements, list = elements_of(self), {}
  for i, name in ipairs(elements.names) do list[i] = elements.values[name] end
  return list
end

-- A class like Module:extend, and on an instance extend(list): the two never meet.
local function extend_class_or_list(self, ...)
  if module.is_module(self) and self.form ~= "list" then
    fail("extend: self is %s, expected a list of modules or parameters", arguments.describe(self))
  end
  if module.is_module(self) then return self:append_all(...) end
  return Module.extend(self, ...)
end

-- ---- Lists --------------------------------------------------------------------------------------

local List = {form = "list"}

-- The place that a position, from either end, means; `more` is 1 where the place behind the last counts too.
local function place(self, method, position, more)
  local whole = type(position) == "number" and math.tointeger(position)
  local count = #self
  local at = whole and (whole < 0 and count + 1 + whole or whole)
  if not at or at < 1 or at > count + more then
    fail("%s%s: position %s is outside 1..%d", self.class_name, method, arguments.describe(position), count + more)
  end
  return at
end

-- Gives the list these names and values; a name that is a number becomes its place again.
local function rebuild(self, names, values)
  local elements = elements_of(self)
  for i in ipairs(elements.names) do elements.names[i] = nil end
  for name in pairs(elements.values) do elements.values[name] = nil end
  for i, name in ipairs(names) do
    name = name:match("^%d+$") and tostring(i - 1) or name
    elements.names[i], elements.values[name] = name, values[i]
  end
end

-- Removes the last element, behind which no name has to be counted again, and returns it.
local function take_last(elements)
  local name = table.remove(elements.names)
  local value = elements.values[name]
  elements.values[name] = nil
  return value
end

local function free_name(self)
  local values, number = elements_of(self).values, #self
  while values[tostring(number)] ~= nil do number = number + 1 end
  return tostring(number)
end

function List:init(...)
  local values = {...}
  local as_list = #values == 1 and type(values[1]) == "table" and not arguments.name_of(values[1])
  if as_list then return self:append_all(values[1]) end
  for i = 1, select("#", ...) do check_element(self, "argument " .. i, (select(i, ...))) end
  self:append_all(values)
end

-- append(x): adds x at the end. Returns the list.
function List:append(value)
  kind_of(self).register(self, free_name(self), check_element(self, "argument", value))
  return self
end

-- extend(list): adds the elements of a table or of another list at the end, all or none. Returns the list.
function List:append_all(list)
  local values = list
  if is_like(self, list) then
    values = list_of_values(list)
  elseif module.is_module(list) then
    fail("%s: list is %s, expected a list or a %s", self.class_name, arguments.describe(list), self.class_name)
  end
  for i = 1, arguments.list(self.class_name, "list", values) do
    check_element(self, ("element %d"):format(i), values[i])
  end
  for _, value in ipairs(values) do self:append(value) end
  return self
end

-- insert(i, x): puts x before element i. Returns the list.
function List:insert(position, value)
  local at = place(self, ".insert", position, 1)
  check_element(self, "the element", value)
  if self.elements == "_parameters" then Parameter(value) end
  local names = table.move(elements_of(self).names, 1, #self, 1, {})
  local values = list_of_values(self)
  table.insert(names, at, "0")
  table.insert(values, at, value)
  rebuild(self, names, values)
  return self
end

-- pop(i): removes element i, without i the last, and returns it.
function List:pop(position)
  local at = place(self, ".pop", position == nil and -1 or position, 0)
  if at == #self then return take_last(elements_of(self)) end
  local names = table.move(elements_of(self).names, 1, #self, 1, {})
  local values = list_of_values(self)
  table.remove(names, at)
  local removed = table.remove(values, at)
  rebuild(self, names, values)
  return removed
end

function List:assign_element(position, value)
  if position == #self + 1 and value ~= nil then
    self:append(value)
  elseif value == nil then
    self:pop(position)
  else
    local name = elements_of(self).names[place(self, "", position, 0)]
    kind_of(self).register(self, name, check_element(self, "element " .. position, value))
  end
end

local function next_element(self, i)
  local value = self[i + 1]
  if value ~= nil then return i + 1, value end
end

local function list_pairs(self) return next_element, self, 0 end

-- ---- Dicts --------------------------------------------------------------------------------------

local Dict = {form = "dict"}

function Dict:init(source)
  if source ~= nil then self:update(source) end
end

-- The pairs {name, value} of a dict, a list of such pairs, or a plain table, which has no order: sorted.
local function pairs_of(self, source)
  local list = {}
  if is_like(self, source) then
    for name, value in each(elements_of(source)) do list[#list + 1] = {name, value} end
  elseif type(source) ~= "table" or module.is_module(source) then
    fail("%s: the elements are %s, expected a table by name", self.class_name, arguments.describe(source))
  elseif type(source[1]) == "table" and not module.is_module(source[1]) then
    for i = 1, arguments.list(self.class_name, "elements", source) do
      local pair, where = source[i], "element " .. i
      if type(pair) ~= "table" or module.is_module(pair) or arguments.list(self.class_name, where, pair) ~= 2 then
        fail("%s: %s is %s, expected {name, value}", self.class_name, where, arguments.describe(pair))
      end
      list[i] = pair
    end
  else
    for name, value in next, source do list[#list + 1] = {name, value} end
    table.sort(list, function(a, b) return tostring(a[1]) < tostring(b[1]) end)
  end
  return list
end

-- update(source): takes over the elements of a table or another dict, all or none; a name that is there keeps its
-- place. Returns the dict.
function Dict:update(source)
  local list = pairs_of(self, source)
  for _, pair in ipairs(list) do
    class.check_name(self, pair[1])
    check_element(self, pair[1], pair[2])
  end
  for _, pair in ipairs(list) do kind_of(self).register(self, pair[1], pair[2]) end
  return self
end

function Dict:take_field(name, value)
  if name == "training" then return false end
  kind_of(self).register(self, name, check_element(self, tostring(name), value))
  return true
end

function Dict:keys()
  local names = elements_of(self).names
  return table.move(names, 1, #names, 1, {})
end

function Dict:values() return list_of_values(self) end

function Dict:items() return each(elements_of(self)) end

-- pop(name): removes an element and returns it.
function Dict:pop(name)
  local value = elements_of(self).values[name]
  if value == nil then
    fail("%s.pop: there is no element %s", self.class_name, arguments.describe(name))
  end
  self[name] = nil
  return value
end

function Dict:clear()
  for _, name in ipairs(self:keys()) do self[name] = nil end
end

local function dict_pairs(self) return each(elements_of(self)) end

-- ---- Parameters, for print ----------------------------------------------------------------------

local function describe_parameters(self)
  local words = {}
  for name, tensor in each(self._parameters) do
    words[#words + 1] = ("(%s): %s [%s]"):format(name, tensor.dtype, table.concat(tensor.shape, ", "))
  end
  return table.concat(words, ", ")
end

-- ---- The classes --------------------------------------------------------------------------------

local function container(name, methods, elements, iterate)
  local made = Module:extend(name)
  for method, f in pairs(methods) do made[method] = f end
  made.elements = elements
  made.instance_metatable.__pairs = iterate
  if elements == "_parameters" then made.extra_description = describe_parameters end
  return made
end

local Sequential = container("Sequential", List, "_children", list_pairs)

function Sequential:forward(x)
  for i = 1, #self do x = self[i](x) end
  return x
end

local containers = {
  Sequential = Sequential,
  ModuleList = container("ModuleList", List, "_children", list_pairs),
  ParameterList = container("ParameterList", List, "_parameters", list_pairs),
  ModuleDict = container("ModuleDict", Dict, "_children", dict_pairs),
  ParameterDict = container("ParameterDict", Dict, "_parameters", dict_pairs),
}

for _, made in pairs(containers) do
  module.seal(made)
  if made.append_all then made.extend = extend_class_or_list end
end

return containers
