-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Ops that give a list of tensors: a table, each tensor of which is like any other.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, leaf = support.error_of, support.leaf

TestListResults = {}

function TestListResults:testATableOfTensors()
  local x = leaf {{1, 2}, {3, 4}, {5, 6}}
  local rows, more = sg.unbind(x)
  lu.assertEquals(#rows, 3)
  lu.assertNil(more)
  lu.assertEquals(rows[3]:totable(), {5, 6})
  local left, right = table.unpack(x:chunk(2, 2))
  lu.assertEquals(left:totable(), {{1}, {3}, {5}})
  lu.assertEquals(right:totable(), {{2}, {4}, {6}})
  lu.assertEquals(#sg.zeros(0, 3):unbind(), 0)
  lu.assertEquals(#x:unbind {dim = -1}, 2)
end

function TestListResults:testSizesOfTheParts()
  local x = leaf {{1, 2, 3, 4, 5}}
  local function extents(parts)
    local list = {}
    for i, part in ipairs(parts) do list[i] = part.shape[2] end
    return list
  end
  lu.assertEquals(extents(x:split(2, 2)), {2, 2, 1})
  lu.assertEquals(extents(x:split({1, 0, 4}, 2)), {1, 0, 4})
  lu.assertEquals(extents(sg.split(x, {split_size = {2, 3}, dim = -1})), {2, 3})
  local sizes = {}
  for i = 1, 30 do sizes[i] = i % 2 end
  lu.assertEquals(#sg.arange(15):split(sizes), 30)
  lu.assertStrContains(error_of(function() x:split({1, 2}, 2) end), "split: the split sizes sum to 3, expected 5")
  lu.assertStrContains(error_of(function() x:split() end), "split: split_size is missing")
  lu.assertStrContains(error_of(function() x:split("2") end), "split_size is the string '2', expected an integer")
end

function TestListResults:testThousandsOfThem()
  local x = sg.arange(3000, {dtype = "f64", requires_grad = true})
  local parts = x:unbind()
  lu.assertEquals(#parts, 3000)
  lu.assertEquals(parts[3000]:item(), 2999)
  local y = sg.stack(parts)
  y:backward(sg.arange(3000, {dtype = "f64"}))
  lu.assertEquals(x.grad:totable(), x:detach():totable())
end

function TestListResults:testWhatIsNotUsedHasTheGradientZero()
  for _, create_graph in ipairs {false, true} do
    local x = leaf {1, 2, 3, 4, 5}
    local parts = x:chunk(3)
    local gradient = sg.grad((parts[3] * parts[3]):sum(), x, {create_graph = create_graph})
    lu.assertEquals(gradient:totable(), {0, 0, 0, 0, 10})
  end
end

function TestListResults:testGradientChecks()
  lu.assertTrue(sg.gradcheck(sg.unbind, {sg.randn(3, 2, {dtype = "f64", requires_grad = true})}, {order = 2}).ok)
  local report = sg.gradcheck(function(x)
    local a, b = table.unpack(x:chunk(2, 2))
    return a * b
  end, {sg.randn(3, 4, {dtype = "f64", requires_grad = true})}, {order = 2})
  lu.assertTrue(report.ok)
end

-- A view of plain memory is written through; one that was recorded is not.
function TestListResults:testWritesThroughViews()
  local x = sg.zeros(2, 2)
  x:unbind()[2]:fill_(7)
  lu.assertEquals(x:totable(), {{0, 0}, {7, 7}})
  local rows = leaf({{1, 2}, {3, 4}}):unbind()
  lu.assertStrContains(error_of(function() rows[1]:fill_(0) end), "requires a gradient")
  local product = (rows[1] * rows[2]):sum()
  sg.no_grad(function() rows[1]:fill_(0) end)
  lu.assertStrContains(error_of(function() product:backward() end), "was changed in place by fill_")
end

function TestListResults:testErrors()
  local x = sg.zeros(2, 2)
  lu.assertStrContains(error_of(function() x:chunk(0) end), "chunk: chunks is 0, expected a value of at least 1")
  lu.assertStrContains(error_of(function() x:unbind(3) end), "unbind: dimension 3 is outside 1..2")
  lu.assertStrContains(error_of(function() x:chunk(2, 1, 1) end), "chunk: unexpected argument 4")
  lu.assertStrContains(error_of(function() return x.unbind_ end), "no field 'unbind_'")
end

-- Each tensor lives as long as its handle, and sg.tidy frees what it does not return.
function TestListResults:testLifetimes()
  collectgarbage()
  local before = sg.memory().live_tensors
  local kept = sg.tidy(function() return sg.zeros(50, 2):unbind()[20] end)
  lu.assertEquals(sg.memory().live_tensors, before + 1)
  lu.assertEquals(kept:totable(), {0, 0})
  kept = sg.tidy(function() return sg.zeros(50, 2):unbind() end)
  lu.assertEquals(#kept, 50)
  lu.assertEquals(kept[50]:totable(), {0, 0})
end

function TestListResults:testManual()
  local page = require "selenograd.manual" "unbind"
  lu.assertStrContains(page, "{y, ...} = sg.unbind(x, {dim = 1})")
end

os.exit(lu.LuaUnit.run())
