-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- equal, allclose and sg.testing.assert_close.
local lu = require "luaunit"
local sg = require "selenograd"

TestComparison = {}

function TestComparison:testEqual()
  local x = sg.tensor {1, 2, 3}
  lu.assertIs(sg.equal(x, x:clone()), true)
  lu.assertIs(x:equal(sg.tensor {1, 2, 4}), false)
  lu.assertIs(x:equal(sg.tensor {{1, 2, 3}}), false)
  lu.assertIs(x:equal(sg.tensor {1}), false)
  local nan = sg.tensor {0 / 0}
  lu.assertIs(nan:equal(nan), false)
  lu.assertIs(sg.zeros(0):equal(sg.zeros(0)), true)
  local whole = {dtype = "i64"}
  lu.assertIs(sg.equal(sg.tensor({1 << 60}, whole), sg.tensor({(1 << 60) + 1}, whole)), false) -- exactly
  lu.assertErrorMsgContains("equal: b is 1, expected a tensor", sg.equal, x, 1)
end

function TestComparison:testAllclose()
  local x = sg.tensor {1, 100}
  lu.assertIs(sg.allclose(x, sg.tensor {1.000001, 100.0005}), true)
  lu.assertIs(x:allclose(sg.tensor {1.1, 100}), false)
  lu.assertIs(x:allclose(sg.tensor {1.1, 100}, {atol = 0.2}), true)
  lu.assertErrorMsgContains("allclose: b is 100, expected a tensor", sg.allclose, x, 100)
end

function TestComparison:testAssertClosePasses()
  sg.testing.assert_close(sg.tensor {1, 2}, sg.tensor {1, 2 + 1e-6})
  sg.testing.assert_close(1, 1)
  sg.testing.assert_close({a = sg.ones(2), b = {2.5}}, {a = sg.ones(2), b = {2.5}})
  sg.testing.assert_close(sg.tensor {0 / 0}, sg.tensor {0 / 0}, {equal_nan = true})
  sg.testing.assert_close(sg.ones(2), sg.ones(2, {dtype = "f64"}), {check_dtype = false})
  sg.testing.assert_close(sg.zeros(0, 3), sg.zeros(0, 3))
  sg.testing.assert_close(sg.ones(2, {requires_grad = true}), sg.ones(2))
end

local function refused(part, ...)
  lu.assertErrorMsgContains(part, sg.testing.assert_close, ...)
end

function TestComparison:testAssertCloseShowsWhatIsFar()
  refused("testing.assert_close: 2 of 4 elements are not close (rtol 1.3e-06, atol 1e-05); "
    .. "the farthest, [2, 1], is 7, expected 3", sg.tensor {{1, 2}, {7, 5}}, sg.tensor {{1, 2}, {3, 4}})
  refused("1 of 2 elements is not close (rtol 0, atol 0.1)", sg.tensor {1, 2}, sg.tensor {1, 2.2},
    {rtol = 0, atol = 0.1})
  refused("the farthest, [2], is nan, expected 2", sg.tensor {9, 0 / 0}, sg.tensor {1, 2})
  refused("has shape [2], expected [3]", sg.ones(2), sg.ones(3))
  refused("has dtype f32, expected f64", sg.ones(2), sg.ones(2, {dtype = "f64"}))
  refused("1 of 1 elements is not close", sg.tensor {true}, sg.tensor {false})
  refused("'b': 1: 1 of 1 elements", {b = {1}}, {b = {2}})
  refused("'c' is not expected", {c = 1}, {})
  refused("'c': is nil, expected number", {}, {c = 1})
end

function TestComparison:testAssertCloseChecksItsArguments()
  refused("rtol and atol are given both or not at all", sg.ones(1), sg.ones(1), {rtol = 1})
  refused("expected two tensors, two numbers or two tables", sg.ones(1), "1")
  refused("did you mean 'atol'", 1, 1, {atoll = 1})
  refused("rtol is -1", 1, 1, {rtol = -1, atol = 0})
end

os.exit(lu.LuaUnit.run())
