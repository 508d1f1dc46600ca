-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.data: minibatches, what a data set may be, and how samples are put together.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of
local data = sg.data

-- ---- Minibatches --------------------------------------------------------------------------------

TestBatches = {}

local function numbered(count)
  local x, y = {}, {}
  for i = 1, count do x[i], y[i] = {i, -i}, i end
  return sg.tensor(x, {dtype = "f64"}), sg.tensor(y, {dtype = "i64"})
end

-- The samples of one pass in order, and the sizes of the batches; checks that x and y stay together.
local function pass(iterator)
  local seen, sizes = {}, {}
  for x, y in iterator do
    sizes[#sizes + 1] = x.shape[1]
    lu.assertEquals(y.shape, {x.shape[1]})
    for i, row in ipairs(x:totable()) do
      local label = y:totable()[i]
      lu.assertEquals(row, {label, -label})
      seen[#seen + 1] = label
    end
  end
  return seen, sizes
end

local function sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

local function count_to(n)
  local list = {}
  for i = 1, n do list[i] = i end
  return list
end

function TestBatches:testInOrder()
  local x, y = numbered(7)
  local seen, sizes = pass(data.batches(x, y, {batch_size = 3}))
  lu.assertEquals(seen, count_to(7))
  lu.assertEquals(sizes, {3, 3, 1})
end

function TestBatches:testShuffledCoversEachSampleOnce()
  local x, y = numbered(23)
  sg.manual_seed(5)
  local seen, sizes = pass(data.batches(x, y, {batch_size = 5, shuffle = true}))
  lu.assertEquals(sizes, {5, 5, 5, 5, 3})
  lu.assertNotEquals(seen, count_to(23))
  lu.assertEquals(sorted(seen), count_to(23))
  sg.manual_seed(5)
  lu.assertEquals((pass(data.batches(x, y, {batch_size = 5, shuffle = true}))), seen)
end

function TestBatches:testDropLast()
  local x, y = numbered(7)
  local _, sizes = pass(data.batches(x, y, {batch_size = 3, drop_last = true}))
  lu.assertEquals(sizes, {3, 3})
  _, sizes = pass(data.batches(x, y, {batch_size = 8, drop_last = true}))
  lu.assertEquals(sizes, {})
end

function TestBatches:testLoader()
  local dataset = data.TensorDataset(numbered(10))
  lu.assertEquals(#dataset, 10)
  local x, y = dataset:get(4)
  lu.assertEquals(x:totable(), {4, -4})
  lu.assertEquals(y:item(), 4)
  local loader = data.loader(dataset, {batch_size = 4, shuffle = true})
  lu.assertEquals(#loader, 3)
  sg.manual_seed(1)
  local first, second = pass(loader:batches()), pass(loader:batches())
  lu.assertEquals(sorted(first), count_to(10))
  lu.assertEquals(sorted(second), count_to(10))
  lu.assertNotEquals(first, second)
end

function TestBatches:testOneHugeBatch()
  local x, y = numbered(7)
  for _, drop_last in ipairs {false, true} do
    for _, size in ipairs {math.maxinteger, math.maxinteger - 5} do
      local options = {batch_size = size, drop_last = drop_last}
      local _, sizes = pass(data.batches(x, y, options))
      lu.assertEquals(sizes, drop_last and {} or {7})
      lu.assertEquals(#data.loader(data.TensorDataset(x, y), options), drop_last and 0 or 1)
    end
  end
end

function TestBatches:testEmpty()
  local x = sg.zeros(0, 2)
  lu.assertNil(data.batches(x, {batch_size = 3, shuffle = true})())
end

function TestBatches:testBadArguments()
  local x, y = numbered(4)
  lu.assertStrContains(error_of(data.batches, x, y[{{1, 3}}]), "3 samples (shape [3]), expected 4")
  lu.assertStrContains(error_of(data.batches, x, 5), "argument 2 is 5, expected a tensor")
  lu.assertStrContains(error_of(data.batches, sg.tensor(1)), "scalar")
  lu.assertStrContains(error_of(data.batches), "no tensors")
  lu.assertStrContains(error_of(data.batches, nil, x), "batches: argument 1 is nil, expected a tensor")
  lu.assertStrContains(error_of(data.batches, x, nil, y, {}), "batches: argument 2 is nil, expected a tensor")
  lu.assertStrContains(error_of(data.TensorDataset, x, nil, y), "TensorDataset: argument 2 is nil")
  data.batches(x, y, nil, nil)
  lu.assertStrContains(error_of(data.batches, x, {batch_size = 0}), "batch_size is 0")
  lu.assertStrContains(error_of(data.batches, x, {batchsize = 2}), "batchsize")
end

-- ---- Data sets ----------------------------------------------------------------------------------

TestDatasets = {}

-- The results of one pass, each by totable where it is a tensor.
local function all_batches(set, options)
  local list = {}
  local function plain(value)
    if sg.is_tensor(value) then return value:totable() end
    if type(value) ~= "table" then return value end
    local copy = {}
    for key, item in pairs(value) do copy[key] = plain(item) end
    return copy
  end
  for x, y in data.loader(set, options):batches() do list[#list + 1] = {plain(x), plain(y)} end
  return list
end

function TestDatasets:testTensors()
  local x, y = numbered(5)
  local expected = all_batches(data.TensorDataset(x, y), {batch_size = 2})
  lu.assertEquals(#expected, 3)
  lu.assertEquals(expected[3], {{{5, -5}}, {5}})
  lu.assertEquals(all_batches({x, y}, {batch_size = 2}), expected)
  lu.assertEquals(all_batches(y, {batch_size = 3}), {{{1, 2, 3}}, {{4, 5}}})
  lu.assertEquals(all_batches({label = y, pair = x}, {batch_size = 4}),
    {{{label = {1, 2, 3, 4}, pair = {{1, -1}, {2, -2}, {3, -3}, {4, -4}}}}, {{label = {5}, pair = {{5, -5}}}}})
end

-- Sample i of an object of one's own: a tensor and a number.
local function get(_, i) return sg.tensor({i, -i}), i end

function TestDatasets:testAnythingWithAGetAndALength()
  local x, y = numbered(5)
  local sets = {
    setmetatable({get = get}, {__len = function() return 5 end}),
    setmetatable({}, {__len = function() return 5 end, __index = {get = get}}),
    {get = get, length = function() return 5 end},
    {get = get, length = 5},
    {get = get, size = function() return 5 end},
    {get = setmetatable({}, {__call = function(_, self, i) return get(self, i) end}), size = 5.0},
  }
  local each = {{batch_size = 2}, {batch_size = 3, shuffle = true}, {batch_size = 4, drop_last = true}}
  for _, options in ipairs(each) do
    sg.manual_seed(7)
    local expected = all_batches({x, y}, options)
    for _, set in ipairs(sets) do
      sg.manual_seed(7)
      lu.assertEquals(all_batches(set, options), expected)
    end
  end
end

function TestDatasets:testALengthMayChangeBetweenPasses()
  local set = {get = get, length = 2}
  local loader = data.loader(set)
  lu.assertEquals(#loader, 2)
  set.length = 3
  lu.assertEquals(#loader, 3)
  lu.assertEquals(loader.dataset, set)
end

function TestDatasets:testGetIsAskedForOneBatchAtATime()
  local asked = {}
  local set = {length = 6, get = function(_, i) asked[#asked + 1] = i return i end}
  local batches = data.loader(set, {batch_size = 2}):batches()
  lu.assertEquals(asked, {})
  batches()
  batches()
  lu.assertEquals(asked, {1, 2, 3, 4})
end

-- ---- Samples put together -----------------------------------------------------------------------

TestCollate = {}

local function batch_of(...)
  local samples = {...}
  return data.loader({length = #samples, get = function(_, i) return table.unpack(samples[i]) end},
    {batch_size = #samples}):batches()()
end

function TestCollate:testNumbersTextAndTables()
  local whole, real, text, flag, nested = batch_of(
    {1, 1, "a", false, {image = sg.tensor({1, 2}), tags = {3, "x"}}},
    {2, 2.5, "b", true, {image = sg.tensor({3, 4}), tags = {4, "y"}}})
  lu.assertEquals(whole.dtype, "i64")
  lu.assertEquals(whole:totable(), {1, 2})
  lu.assertEquals(real.dtype, "f32")
  lu.assertEquals(real:totable(), {1, 2.5})
  lu.assertEquals(text, {"a", "b"})
  lu.assertEquals(flag.dtype, "bool")
  lu.assertEquals(flag:totable(), {false, true})
  lu.assertEquals(nested.image:totable(), {{1, 2}, {3, 4}})
  lu.assertEquals(nested.tags[1]:totable(), {3, 4})
  lu.assertEquals(nested.tags[2], {"x", "y"})
end

function TestCollate:testScalarsAndGradients()
  local w = sg.tensor(3, {requires_grad = true})
  local x = batch_of({w * 2}, {w * 5})
  lu.assertEquals(x.shape, {2})
  lu.assertEquals(sg.grad(x:sum(), w):item(), 7)
end

function TestCollate:testSamplesThatDoNotFit()
  local pack = table.pack
  local one, other = sg.tensor({1, 2}), sg.tensor({1, 2}, {dtype = "f64"})
  local cases = { -- what get(1) and get(2) return
    {pack(one), pack(sg.tensor({1})),
      "loader: the value of sample 2 is a tensor f32 [1], expected f32 [2] as of sample 1"},
    {pack(one), pack(other), "is a tensor f64 [2], expected f32 [2]"},
    {pack(1, one), pack(1, 5), "loader: value 2 of sample 2 is 5, expected a tensor as of sample 1"},
    {pack(1, one), pack(1), "loader: get(2) returned 1 values, expected 2 as get(1)"},
    {pack(), pack(), "loader: get(1) returned nothing"},
    {pack(1), pack(nil), "loader: the value of sample 2 is nil"},
    {pack(nil, 1), pack(nil, 2), "loader: value 1 of sample 1 is nil"},
    {pack({a = 1}), pack({b = 1}), "loader: the value['a'] of sample 2 is nil"},
    {pack({a = 1}), pack({a = 1, b = 1}), "loader: the value of sample 2 has the key 'b', and sample 1 has none"},
  }
  for _, case in ipairs(cases) do
    local set = {length = 2, get = function(_, i) return table.unpack(case[i], 1, case[i].n) end}
    lu.assertStrContains(error_of(data.loader(set, {batch_size = 2}):batches()), case[3])
  end
end

function TestDatasets:testWhatIsMissingIsNamed()
  local cases = {
    {5, "loader: dataset is 5, expected a tensor, tensors in a table, or anything with a length and get(i)"},
    {{}, "loader: dataset is a table without get"},
    {{length = 5}, "loader: dataset is a table without get"},
    {sg.nn.ReLU(), "loader: dataset is a ReLU without get"},
    {{get = get}, "loader: dataset has a get and no length, expected __len in its metatable, or a length or size"},
    {{get = 5, length = 5}, "loader: dataset.get is 5, expected a function"},
    {{get = get, length = "5"}, "loader: the length of dataset is \"5\", expected a whole number >= 0"},
    {{get = get, length = -1}, "loader: the length of dataset is -1"},
    {{get = get, length = 1.5}, "loader: the length of dataset is 1.5"},
    {sg.tensor(1), "loader: argument 1 is a scalar"},
    {{sg.zeros(2), sg.zeros(3)}, "loader: argument 2 has 3 samples (shape [3]), expected 2 as argument 1"},
    {{sg.zeros(2), 5}, "loader: argument 2 is 5, expected a tensor"},
    {{a = sg.zeros(2), b = sg.zeros(3)}, "loader: b has 3 samples (shape [3]), expected 2 as a"},
    {{a = sg.zeros(2), b = 5}, "loader: b is 5, expected a tensor"},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(data.loader, case[1]), case[2]) end
end

os.exit(lu.LuaUnit.run())
