-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A register: values by name, in the order in which the names came. A module has three of them, for parameters,
-- buffers and children.

local register = {}

function register.new()
  return {names = {}, values = {}}
end

-- A name that is there already keeps its place.
function register.put(into, name, value)
  if into.values[name] == nil then into.names[#into.names + 1] = name end
  into.values[name] = value
end

function register.remove(from, name)
  if from.values[name] == nil then return end
  from.values[name] = nil
  for i, known in ipairs(from.names) do
    if known == name then return table.remove(from.names, i) end
  end
end

-- for name, value in register.each(r) do ... end
function register.each(from)
  local i = 0
  return function()
    i = i + 1
    local name = from.names[i]
    return name, name and from.values[name]
  end
end

return register
