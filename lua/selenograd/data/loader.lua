-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Minibatches.
--   for x, y in data.batches(images, labels, {batch_size = 64, shuffle = true}) do ... end
--   local train = data.loader(data.TensorDataset(images, labels), {batch_size = 64, shuffle = true})
--   for x, y in train:batches() do ... end          -- #train batches, in a new order each time
--
-- Options: batch_size = 1; shuffle = false (an order drawn from the context's random stream, so sg.manual_seed
-- repeats it); drop_last = false (leave out a last batch that is smaller than batch_size).
-- Each sample, a slice along dimension 1, occurs once per pass.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

-- ---- Data sets ----------------------------------------------------------------------------------

local Dataset = {class_name = "TensorDataset"}
Dataset.__index = Dataset

local function new_dataset(owner, tensors)
  if tensors.n == 0 then fail("%s: no tensors, expected at least one", owner) end
  local count
  for i = 1, tensors.n do
    local shape = arguments.tensor(owner, "argument " .. i, tensors[i]).shape
    if #shape == 0 then fail("%s: argument %d is a scalar, expected samples along dimension 1", owner, i) end
    count = count or shape[1]
    if shape[1] ~= count then
      fail("%s: argument %d has %d samples (shape [%s]), expected %d as argument 1", owner, i, shape[1],
        table.concat(shape, ", "), count)
    end
  end
  return setmetatable({tensors = tensors, count = count}, Dataset)
end

-- TensorDataset(x, y, ...): tensors that belong together; sample i is x[i], y[i], ...
local function TensorDataset(...)
  return new_dataset("TensorDataset", table.pack(...))
end

function Dataset:__len() return self.count end

-- get(i): the tensors of sample i.
function Dataset:get(i)
  local sample = {}
  for t, tensor in ipairs(self.tensors) do sample[t] = tensor[i] end
  return table.unpack(sample)
end

-- Samples first .. last in order (no copy), or those that an i64 tensor lists.
function Dataset:range(first, last)
  local slices = {}
  for t, tensor in ipairs(self.tensors) do slices[t] = tensor[{{first, last}}] end
  return table.unpack(slices)
end

function Dataset:select(indices)
  local slices = {}
  for t, tensor in ipairs(self.tensors) do slices[t] = tensor:index_select(indices, {dim = 1}) end
  return table.unpack(slices)
end

-- ---- Loaders ------------------------------------------------------------------------------------

local Loader = {class_name = "loader"}
Loader.__index = Loader

local function new_loader(owner, dataset, options)
  options = arguments.options(owner, options, {batch_size = 1, shuffle = false, drop_last = false})
  return setmetatable({
    dataset = dataset,
    batch_size = arguments.whole(owner, "batch_size", options.batch_size, 1),
    shuffle = arguments.boolean(owner, "shuffle", options.shuffle),
    drop_last = arguments.boolean(owner, "drop_last", options.drop_last),
  }, Loader)
end

-- loader(dataset, options): an object with batches(), and # for their number.
local function loader(dataset, options)
  if getmetatable(dataset) ~= Dataset then
    fail("loader: dataset is %s, expected a TensorDataset", arguments.describe(dataset))
  end
  return new_loader("loader", dataset, options)
end

function Loader:__len()
  local count, size = #self.dataset, self.batch_size
  return count // size + (not self.drop_last and count % size > 0 and 1 or 0)
end

-- An iterator over the batches of one pass.
function Loader:batches()
  local dataset, size = self.dataset, self.batch_size
  local order = self.shuffle and sg.randperm(#dataset)
  local batch, count = 0, #self
  return function()
    if batch == count then return nil end
    local first = batch * size + 1
    batch = batch + 1
    local last = first + math.min(size - 1, #dataset - first)
    if order then return dataset:select(order[{{first, last}}]) end
    return dataset:range(first, last)
  end
end

-- batches(x, y, ..., options): an iterator over one pass.
local function batches(...)
  local tensors, options = arguments.values_and_options(...)
  return new_loader("batches", new_dataset("batches", tensors), options):batches()
end

local function instance_of(class)
  return function(value) return getmetatable(value) == class end
end

arguments.strict_methods(Dataset, instance_of(Dataset), "a TensorDataset")
arguments.strict_methods(Loader, instance_of(Loader), "a loader")

return {TensorDataset = TensorDataset, loader = loader, batches = batches}
