-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Puts samples together to a batch: tensors are stacked along a new first dimension; numbers become a tensor, i64
-- where all are integers, else f32, booleans one of bool; tables are gone through key by key; anything else becomes
-- a list with one value for each sample.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

local function is_plain(value) return type(value) == "table" and getmetatable(value) == nil end

local function form_of(value)
  if sg.is_tensor(value) then return "tensor" end
  return is_plain(value) and "table" or type(value)
end

local function shape_text(tensor)
  return ("%s [%s]"):format(tensor.dtype, table.concat(tensor.shape, ", "))
end

-- Everything is about one value of a batch: `where` is what messages call it, values[k] that of sample
-- positions[k].
local join

local function stack(owner, where, values, positions)
  for k, tensor in ipairs(values) do
    if shape_text(tensor) ~= shape_text(values[1]) then
      fail("%s: %s of sample %d is a tensor %s, expected %s as of sample %d", owner, where, positions[k],
        shape_text(tensor), shape_text(values[1]), positions[1])
    end
  end
  return sg.stack(values, {dim = 1})
end

local function of_numbers(values)
  local whole = true
  for _, value in ipairs(values) do whole = whole and math.type(value) == "integer" end
  return sg.tensor(values, {dtype = whole and "i64" or "f32"})
end

local function of_tables(owner, where, values, positions)
  local result = {}
  for key in pairs(values[1]) do
    local items = {}
    for k, value in ipairs(values) do items[k] = value[key] end
    result[key] = join(owner, ("%s[%s]"):format(where, arguments.key(key)), items, positions)
  end
  for k, value in ipairs(values) do
    for key in pairs(value) do
      if result[key] == nil then
        fail("%s: %s of sample %d has the key %s, and sample %d has none", owner, where, positions[k],
          arguments.key(key), positions[1])
      end
    end
  end
  return result
end

function join(owner, where, values, positions)
  local form = form_of(values[1])
  for k = 1, #positions do
    if values[k] == nil then fail("%s: %s of sample %d is nil", owner, where, positions[k]) end
    if form_of(values[k]) ~= form then
      fail("%s: %s of sample %d is %s, expected a %s as of sample %d", owner, where, positions[k],
        arguments.describe(values[k]), form, positions[1])
    end
  end
  if form == "tensor" then return stack(owner, where, values, positions) end
  if form == "number" then return of_numbers(values) end
  if form == "boolean" then return sg.tensor(values) end
  if form == "table" then return of_tables(owner, where, values, positions) end
  return values
end

-- collate(owner, samples): one value for each that a sample has. Sample k is a table.pack of what get returned for
-- samples[k].position.
return function(owner, samples)
  local first, positions, results = samples[1], {}, {}
  for k, sample in ipairs(samples) do
    positions[k] = sample.position
    if sample.n == 0 then fail("%s: get(%d) returned nothing", owner, sample.position) end
    if sample.n ~= first.n then
      fail("%s: get(%d) returned %d values, expected %d as get(%d)", owner, sample.position, sample.n, first.n,
        first.position)
    end
  end
  for i = 1, first.n do
    local values = {}
    for k, sample in ipairs(samples) do values[k] = sample[i] end
    results[i] = join(owner, first.n == 1 and "the value" or "value " .. i, values, positions)
  end
  return table.unpack(results, 1, first.n)
end
