-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a module would not find: modules and parameters in plain tables.

local fail = require "selenograd.fail"
local kind = require "selenograd.nn.module.kind"

local hidden = {}

-- A module or parameter in plain tables: its kind and the path to it, such as ".blocks[2]"; nil without any.
local function find(value, seen)
  if type(value) ~= "table" or getmetatable(value) ~= nil or seen[value] then return nil end
  seen[value] = true
  for key, item in next, value do
    local found, path = kind.of(item), ""
    if not found then found, path = find(item, seen) end
    if found then return found, (type(key) == "string" and "." .. key or "[" .. tostring(key) .. "]") .. path end
    if kind.of(key) then return kind.of(key), "[a key]" end
  end
end

-- Refuses a value that would be the field or class field `name` of self.
function hidden.refuse(self, name, value)
  local found, path = find(value, {})
  if not found then return end
  fail("%s: %s%s is a %s in a plain table, where parameters(), to() and state_dict() do not find it; hold it in an "
    .. "nn.ModuleList, nn.ModuleDict, nn.ParameterList or nn.ParameterDict", self.class_name, tostring(name), path,
    found)
end

return hidden
