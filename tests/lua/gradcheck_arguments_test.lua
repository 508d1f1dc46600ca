-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck of functions and modules whose arguments are numbers, tables, strings and nothing besides tensors.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of
local nn = sg.nn

local f64 = {dtype = "f64"}

TestArguments = {}

function TestArguments:setUp()
  sg.manual_seed(5)
  self.x, self.w = sg.randn({3, 4}, f64), sg.randn({4, 2}, f64)
end

function TestArguments:testNumbersAndNothing()
  local seen
  local report = sg.gradcheck(function(...)
    seen = {select("#", ...), (select(2, ...)), (select(3, ...)), (select(4, ...))}
    local x, _, power = ...
    return x ^ power
  end, {self.x, nil, 3, "word"})
  lu.assertTrue(report.ok, report.text)
  lu.assertEquals(seen, {4, nil, 3, "word"})
  lu.assertEquals(#report.inputs, 1)
  lu.assertEquals(report.inputs[1].name, "input 1")
end

function TestArguments:testTablesOfTensors()
  local function step(x, state, how)
    lu.assertEquals(how, {gain = 2})
    return x:matmul(state.weights[1]) * how.gain + state.bias
  end
  local inputs = {self.x, {weights = {self.w}, bias = sg.randn({2}, f64)}, {gain = 2}}
  local report = sg.gradcheck(step, inputs, {names = {"x", "state", "how"}, order = 2})
  lu.assertTrue(report.ok, report.text)
  local names, positions = {}, {}
  for i, input in ipairs(report.inputs) do
    if input.order == 1 then names[i], positions[i] = input.name, input.position end
  end
  lu.assertEquals(names, {"x", "state.bias", "state.weights[1]"})
  lu.assertEquals(positions, {1, 2, 2})
  lu.assertEquals(sg.gradcheck(step, inputs).inputs[2].name, "input 2.bias")
end

function TestArguments:testOptionsByNameAndPosition()
  local function product(_, pair) return pair[1] * pair[2] end
  local pair = {sg.randn({3}, f64), sg.randn({3}, f64)}
  local names = {"factor", "pair"}
  local report = sg.gradcheck(product, {2, pair},
    {names = names, check = {["pair[1]"] = false, ["pair[2]"] = true}})
  lu.assertEquals(#report.inputs, 1)
  lu.assertEquals(report.inputs[1].name, "pair[2]")
  local mask = sg.tensor({1, 0, 0})
  for _, key in ipairs {2, "pair"} do
    report = sg.gradcheck(product, {2, pair}, {names = names, skip = {[key] = mask}})
    lu.assertEquals({report.inputs[1].skipped, report.inputs[2].skipped}, {1, 1})
  end
  lu.assertStrContains(error_of(sg.gradcheck, product, {2, pair}, {names = names, check = {pear = true}}),
    "check has the key 'pear', expected the name or position of an input")
end

function TestArguments:testTheLastArgument()
  local report = sg.gradcheck(function(x, power, options) return (x * options.scale) ^ power end, {self.x, 2},
    {options = {scale = 3}})
  lu.assertTrue(report.ok, report.text)
end

function TestArguments:testOps()
  lu.assertTrue(sg.gradcheck(sg.add, {self.x, 3}).ok)
  lu.assertTrue(sg.gradcheck(sg.sum, {self.x, 1}).ok)
  local report = sg.gradcheck(sg.cat, {{self.x, self.x * 2}, 2})
  lu.assertEquals({report.ok, #report.inputs}, {true, 2})
end

-- A wrong gradient is found wherever its tensor lies.
function TestArguments:testAWrongGradient()
  local half = sg.op {
    forward = function(ctx, a)
      ctx:save(a)
      return a * a
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  local report = sg.gradcheck(function(list, n) return half(list[1]) * n end, {{self.x}, 3})
  lu.assertEquals({report.verdict, report.inputs[1].name}, {"fail", "input 1[1]"})
  lu.assertStrContains(report.inputs[1].diagnosis, "times 0.5")
end

-- Every call gets tables of its own, and those of the caller stay as they are.
function TestArguments:testTablesAreFresh()
  local mine = {self.x}
  local report = sg.gradcheck(function(list)
    lu.assertEquals(#list, 1)
    list[2] = list[1] * 2
    list[1] = nil
    return list[2]
  end, {mine})
  lu.assertTrue(report.ok, report.text)
  lu.assertEquals(#mine, 1)
  lu.assertIs(mine[1], self.x)
end

function TestArguments:testModules()
  local Scaled = nn.Module:extend("Scaled")
  function Scaled:init() self.weight = nn.Parameter(sg.randn({4, 2}, f64)) end
  function Scaled:forward(x, state, scale, missing)
    assert(missing == nil)
    return (x:matmul(self.weight) + state.h) * scale
  end
  local state = {h = sg.randn({3, 2}, f64)}
  local report = sg.gradcheck(Scaled(), {self.x, state, 2}, {names = {"x", "state", "scale"}, training = true})
  lu.assertTrue(report.ok, report.text)
  local names, positions = {}, {}
  for i, input in ipairs(report.inputs) do names[i], positions[i] = input.name, input.position end
  lu.assertEquals(names, {"x", "state.h", "weight"})
  lu.assertEquals(positions, {1, 2, 4})
end

function TestArguments:testRefused()
  lu.assertStrContains(error_of(sg.gradcheck, function(n) return n end, {3}),
    "no input is a tensor, expected at least one")
  local itself = {self.x}
  itself[2] = itself
  lu.assertStrContains(error_of(sg.gradcheck, function(list) return list[1] end, {itself}),
    "input 1[2] holds itself")
  lu.assertStrContains(error_of(sg.gradcheck, sg.add, {self.x, 3}, {names = {"x"}}),
    "names is a list of 1, expected a list of 2")
  lu.assertStrContains(error_of(sg.gradcheck, 5, {self.x, 3}), "the function is the number 5")
end

os.exit(lu.LuaUnit.run())
