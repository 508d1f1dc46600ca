-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The arguments of a function under test. The checker differentiates in the tensors, in the list and inside of
-- tables in it; whatever else there is (numbers, strings, functions, modules) the function gets as it is.

local core = require "selenograd.core"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

local checked_arguments = {}

local function is_plain_table(value) return type(value) == "table" and getmetatable(value) == nil end

-- The keys of a table in an order that is always the same: the list first.
local function keys_of(value)
  local keys = {}
  for key in next, value do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    local number_a, number_b = type(a) == "number", type(b) == "number"
    if number_a ~= number_b then return number_a end
    if number_a then return a < b end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local function name_of(outer, key)
  return type(key) == "string" and key:match("^[%a_][%w_]*$") and outer .. "." .. key
    or ("%s[%s]"):format(outer, arguments.describe(key))
end

-- Adds the tensors in a value to the list; returns what makes the value anew out of other tensors.
local function take(packed, value, name, argument, around)
  if core.is_tensor(value) then
    local i = #packed.tensors + 1
    packed.tensors[i], packed.names[i], packed.positions[i] = value, name, argument
    return function(values) return values[i] end
  end
  if not is_plain_table(value) then return function() return value end end
  if around[value] then fail("gradcheck: %s holds itself", name) end
  around[value] = true
  local keys, makers = keys_of(value), {}
  for n, key in ipairs(keys) do makers[n] = take(packed, value[key], name_of(name, key), argument, around) end
  around[value] = nil
  return function(values)
    local made = {}
    for n, key in ipairs(keys) do made[key] = makers[n](values) end
    return made
  end
end

-- The number of arguments in a list in which nil and false stand for what is absent; nil: it is no such list.
local function length(inputs)
  if type(inputs) ~= "table" then return nil end
  local count = 0
  for key in next, inputs do
    if math.type(key) ~= "integer" or key < 1 then return nil end
    count = math.max(count, key)
  end
  return count
end

-- Whether there is anything but tensors and what is absent.
function checked_arguments.are_mixed(inputs)
  if core.is_tensor(inputs) or not length(inputs) then return false end
  for _, value in next, inputs do
    if value and not core.is_tensor(value) then return true end
  end
  return false
end

-- pack(inputs, names): `names` of the arguments, a list of `count`. A table:
--   count                        of arguments
--   tensors, names, positions    lists, as long as there are tensors; positions: of the argument each belongs to
--   build(values)                the arguments 1 to `count` with these tensors in the places of those
--   find(key)                    the tensors that a key of an option means: a name, an argument's name or position
--   place(report)                the report, with the positions of arguments in place of those of tensors
function checked_arguments.pack(inputs, names)
  local packed = {count = length(inputs), tensors = {}, names = {}, positions = {}}
  local makers = {}
  for a = 1, packed.count do makers[a] = take(packed, inputs[a] or nil, names[a], a, {}) end

  function packed.build(values)
    local list = {}
    for a = 1, packed.count do list[a] = makers[a](values) end
    return list
  end

  function packed.find(key)
    local found = {}
    for i, position in ipairs(packed.positions) do
      if key == position or key == names[position] or key == packed.names[i] then found[#found + 1] = i end
    end
    return found
  end

  function packed.place(report)
    for _, input in ipairs(report.inputs) do
      local more = packed.count - #packed.tensors
      input.position = packed.positions[input.position] or input.position + more
    end
    return report
  end
  return packed
end

-- The names in the option `names`, or "input 1" and so on; `alone`: the name of the only one.
function checked_arguments.names(names, count, alone)
  local result = {}
  if names == nil then
    for i = 1, count do result[i] = alone and count == 1 and alone or "input " .. i end
    return result
  end
  if type(names) ~= "table" or #names ~= count then
    fail("gradcheck: names is %s, expected a list of %d, one for each input",
      type(names) == "table" and "a list of " .. #names or arguments.describe(names), count)
  end
  for i, name in ipairs(names) do
    if type(name) ~= "string" then
      fail("gradcheck: name %d is %s, expected a string", i, arguments.describe(name))
    end
    result[i] = name
  end
  return result
end

return checked_arguments
