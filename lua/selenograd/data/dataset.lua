-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a data set is: a number of samples, and how to get one. A loader takes
--   a tensor                         sample i is x[i]
--   a list of tensors {x, y, ...}    sample i is x[i], y[i], ...; the same as data.TensorDataset(x, y, ...)
--   tensors by name {images = x, labels = y}    sample i is {images = x[i], labels = y[i]}
--   anything with get and a length   sample i is whatever dataset:get(i) returns, for i from 1 to the length, which
--                                    is #dataset by __len, else dataset:length() or dataset:size(), or a field of
--                                    that name
--
-- What get returns is put together to batches by data.collate.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local collate = require "selenograd.data.collate"

-- ---- Tensors that belong together ---------------------------------------------------------------

local TensorDataset = {class_name = "TensorDataset", __name = "TensorDataset"}
TensorDataset.__index = arguments.strict_index(TensorDataset)

-- The number of samples in tensors, each {name for messages, tensor}, which is the same for all.
local function count_samples(owner, named)
  local count
  for _, entry in ipairs(named) do
    local shape = arguments.tensor(owner, entry[1], entry[2]).shape
    if #shape == 0 then fail("%s: %s is a scalar, expected samples along dimension 1", owner, entry[1]) end
    count = count or shape[1]
    if shape[1] ~= count then
      fail("%s: %s has %d samples (shape [%s]), expected %d as %s", owner, entry[1], shape[1],
        table.concat(shape, ", "), count, named[1][1])
    end
  end
  return count
end

-- Of a table.pack of tensors.
local function new(owner, tensors)
  if tensors.n == 0 then fail("%s: no tensors, expected at least one", owner) end
  local named = {}
  for i = 1, tensors.n do named[i] = {"argument " .. i, tensors[i]} end
  return setmetatable({tensors = tensors, count = count_samples(owner, named)}, TensorDataset)
end

function TensorDataset:__len() return self.count end
function TensorDataset:length() return self.count end

-- get(i): the tensors of sample i.
function TensorDataset:get(i)
  local sample = {}
  for t, tensor in ipairs(self.tensors) do sample[t] = tensor[i] end
  return table.unpack(sample)
end

-- Samples first .. last in order (no copy), or those that an i64 tensor lists.
function TensorDataset:range(first, last)
  local slices = {}
  for t, tensor in ipairs(self.tensors) do slices[t] = tensor[{{first, last}}] end
  return table.unpack(slices)
end

function TensorDataset:select(indices)
  local slices = {}
  for t, tensor in ipairs(self.tensors) do slices[t] = tensor:index_select(indices, {dim = 1}) end
  return table.unpack(slices)
end

-- ---- Everything else, with range and select -----------------------------------------------------

-- Tensors by name: a TensorDataset of them whose results are tables.
local function of_named_tensors(owner, tensors)
  local named = {}
  for i, name in ipairs(arguments.names(tensors)) do named[i] = {name, tensors[name]} end
  local list = {n = #named}
  for i, entry in ipairs(named) do list[i] = entry[2] end
  local set = setmetatable({tensors = list, count = count_samples(owner, named)}, TensorDataset)
  local function by_name(...)
    local values, result = {...}, {}
    for i, entry in ipairs(named) do result[entry[1]] = values[i] end
    return result
  end
  return {
    length = function() return set.count end,
    range = function(_, first, last) return by_name(set:range(first, last)) end,
    select = function(_, indices) return by_name(set:select(indices)) end,
  }
end

-- The number of samples of something with a get.
local function length_of(owner, dataset)
  local meta = getmetatable(dataset)
  local count
  if type(meta) == "table" and meta.__len ~= nil then
    count = #dataset
  else
    for _, name in ipairs {"length", "size"} do
      if count == nil then count = dataset[name] end
      if type(count) == "function" then count = count(dataset) end
    end
  end
  if count == nil then
    fail("%s: dataset has a get and no length, expected __len in its metatable, or a length or size", owner)
  end
  return arguments.whole(owner, "the length of dataset", count, 0)
end

-- Samples one by one, put together to a batch by `collate`.
local function of_samples(owner, dataset)
  local function batch(count, position_of)
    local samples = {}
    for k = 1, count do
      local i = position_of(k)
      samples[k] = table.pack(dataset:get(i))
      samples[k].position = i
    end
    return collate(owner, samples)
  end
  length_of(owner, dataset)
  return {
    length = function() return length_of(owner, dataset) end,
    range = function(_, first, last)
      return batch(last - first + 1, function(k) return first + k - 1 end)
    end,
    select = function(_, indices)
      local positions = indices:totable()
      return batch(#positions, function(k) return positions[k] end)
    end,
  }
end

local function is_indexable(value)
  if type(value) == "table" then return true end
  local meta = type(value) == "userdata" and getmetatable(value)
  return type(meta) == "table" and meta.__index ~= nil
end

local function has_tensor(values)
  for _, value in next, values do
    if sg.is_tensor(value) then return true end
  end
  return false
end

-- of(owner, dataset): what a loader reads, an object with length(), and with range(first, last) and
-- select(indices), the results of which are one batch.
local function of(owner, dataset)
  if getmetatable(dataset) == TensorDataset then return dataset end
  if sg.is_tensor(dataset) then return new(owner, {n = 1, dataset}) end
  local plain = type(dataset) == "table" and getmetatable(dataset) == nil
  if is_indexable(dataset) and (not plain or rawget(dataset, "get") ~= nil) and dataset.get ~= nil then
    arguments.callable(owner, "dataset.get", dataset.get)
    return of_samples(owner, dataset)
  end
  if plain and dataset[1] ~= nil then
    local count = arguments.list(owner, "dataset", dataset)
    return new(owner, table.pack(table.unpack(dataset, 1, count)))
  end
  if plain and has_tensor(dataset) then return of_named_tensors(owner, dataset) end
  fail("%s: dataset is %s%s, expected a tensor, tensors in a table, or anything with a length and get(i)", owner,
    arguments.describe(dataset), is_indexable(dataset) and " without get" or "")
end

-- TensorDataset(x, y, ...): tensors that belong together; sample i is x[i], y[i], ...
local function tensor_dataset(...)
  return new("TensorDataset", table.pack(...))
end

arguments.strict_methods(TensorDataset, function(value) return getmetatable(value) == TensorDataset end,
  "a TensorDataset")

return {TensorDataset = tensor_dataset, new = new, of = of}
