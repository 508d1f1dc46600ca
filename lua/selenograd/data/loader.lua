-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Minibatches.
--   for x, y in data.batches(images, labels, {batch_size = 64, shuffle = true}) do ... end
--   local train = data.loader({images, labels}, {batch_size = 64, shuffle = true})
--   for x, y in train:batches() do ... end          -- #train batches, in a new order each time
--
-- Options: batch_size = 1; shuffle = false (an order drawn from the context's random stream, so sg.manual_seed
-- repeats it); drop_last = false (leave out a last batch that is smaller than batch_size).
-- Each sample occurs once per pass. What a data set may be is said in dataset.lua, how samples become batches in
-- collate.lua.

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local dataset = require "selenograd.data.dataset"

local Loader = {class_name = "loader", __name = "loader"}
Loader.__index = arguments.strict_index(Loader)

-- `source` is what dataset.of makes of the `given` data set.
local function new(owner, given, source, options)
  options = arguments.options(owner, options, {batch_size = 1, shuffle = false, drop_last = false})
  return setmetatable({
    dataset = given,
    source = source,
    batch_size = arguments.whole(owner, "batch_size", options.batch_size, 1),
    shuffle = arguments.boolean(owner, "shuffle", options.shuffle),
    drop_last = arguments.boolean(owner, "drop_last", options.drop_last),
  }, Loader)
end

-- loader(dataset, options): an object with batches(), and # for their number.
local function loader(given, options)
  return new("loader", given, dataset.of("loader", given), options)
end

function Loader:__len()
  local count, size = self.source:length(), self.batch_size
  return count // size + (not self.drop_last and count % size > 0 and 1 or 0)
end

-- An iterator over the batches of one pass.
function Loader:batches()
  local source, size = self.source, self.batch_size
  local samples, count, batch = source:length(), #self, 0
  local order = self.shuffle and sg.randperm(samples)
  return function()
    if batch == count then return nil end
    local first = batch * size + 1
    batch = batch + 1
    local last = first + math.min(size - 1, samples - first)
    if order then return source:select(order[{{first, last}}]) end
    return source:range(first, last)
  end
end

-- batches(x, y, ..., options): an iterator over one pass.
local function batches(...)
  local tensors, options = arguments.values_and_options(...)
  local set = dataset.new("batches", tensors)
  return new("batches", set, set, options):batches()
end

arguments.strict_methods(Loader, function(value) return getmetatable(value) == Loader end, "a loader")

return {loader = loader, batches = batches}
