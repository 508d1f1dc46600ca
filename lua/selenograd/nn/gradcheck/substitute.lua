-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A module whose tensors are taken out for a while and stood in for by others: the checker's copies. What the
-- module does meanwhile to its parameters, buffers, fields and flags is undone at the end.

local sg = require "selenograd"
local core = require "selenograd.core"

local Substitute = {}
Substitute.__index = Substitute

-- ---- What is put back ---------------------------------------------------------------------------

local function copy_of(list)
  local copy = {}
  for key, value in pairs(list) do copy[key] = value end
  return copy
end

local function refill(list, copy)
  for key in pairs(list) do
    if copy[key] == nil then list[key] = nil end
  end
  for key, value in pairs(copy) do list[key] = value end
end

-- The tables a module consists of; their identity stays, their contents come back.
local function tables_of(module)
  local list = {module._fields}
  for _, which in ipairs {"_parameters", "_buffers", "_children"} do
    local register = rawget(module, which)
    list[#list + 1] = register.names
    list[#list + 1] = register.values
  end
  return list
end

-- ---- The tensors --------------------------------------------------------------------------------

-- One entry for every tensor, with all its places: {tensor =, places = {{table, key}, ...}}.
local function find_tensors(self, values)
  for key, value in pairs(values) do
    if sg.is_tensor(value) then
      local entry = self.by_tensor[value]
      if not entry then
        entry = {tensor = value, places = {}}
        self.by_tensor[value] = entry
        self.entries[#self.entries + 1] = entry
      end
      table.insert(entry.places, {values, key})
    end
  end
end

-- Takes stock of a module and everything below it, to be put back by s:restore() or at the end of s:finally(f).
local function substitute(module)
  local self = setmetatable({by_tensor = {}, entries = {}, saved = {}}, Substitute)
  for _, each in ipairs(module:modules()) do
    for _, list in ipairs(tables_of(each)) do self.saved[#self.saved + 1] = {list, copy_of(list)} end
    find_tensors(self, each._parameters.values)
    find_tensors(self, each._buffers.values)
    find_tensors(self, each._fields)
  end
  return self
end

-- Makes the copies that stand in for every tensor but those of `given`, which are left to put. Floating ones
-- are f64.
function Substitute:prepare(given)
  self.rest = {}
  for _, entry in ipairs(self.entries) do
    if not given[entry.tensor] then
      local detached = entry.tensor:detach()
      entry.copy = detached.dtype == "f32" and detached:to("f64") or detached:clone()
      self.rest[#self.rest + 1] = entry
    end
  end
end

function Substitute:put(tensor, replacement)
  for _, place in ipairs(self.by_tensor[tensor].places) do place[1][place[2]] = replacement end
end

-- Before each call: the module as it was, with fresh copies, so that every call starts from the same state.
function Substitute:refresh()
  self:restore()
  for _, entry in ipairs(self.rest) do self:put(entry.tensor, entry.copy:clone()) end
end

function Substitute:restore()
  for _, saved in ipairs(self.saved) do refill(saved[1], saved[2]) end
end

-- Calls f() and puts the module back whatever happens, also under an interrupt. Returns what f returns.
function Substitute:finally(f)
  return core.finally(function() self:restore() end, f)
end

return substitute
