-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.detect_anomaly: the first NaN or infinity, forward and backward, with op, element and line.
local lu = require "luaunit"
local sg = require "selenograd"

local function leaf(values) return sg.tensor(values, {dtype = "f64", requires_grad = true}) end

local function message(f, ...)
  local ok, text = pcall(f, ...)
  lu.assertFalse(ok)
  return text
end

local function line_of_caller() return debug.getinfo(2, "l").currentline end

TestAnomaly = {}

function TestAnomaly:tearDown() sg.set_detect_anomaly(false) end

function TestAnomaly:test_forward()
  local x = sg.tensor {{1, 2}, {0, 3}}
  local line
  local text = message(sg.detect_anomaly, function()
    line = line_of_caller() + 1
    return x:log()
  end)
  lu.assertStrContains(text, "anomaly_test.lua:" .. line .. ": log: anomaly: its inputs are finite, and its ")
  lu.assertStrContains(text, "result y [2, 2] is -inf at element [2, 1]")
  lu.assertStrContains(message(sg.detect_anomaly, function() return (x - 2):sqrt() end), "nan at element [1, 1]")
end

function TestAnomaly:test_what_comes_in()
  local x = sg.tensor {1, 0 / 0}
  lu.assertStrContains(message(sg.detect_anomaly, function() return x * 2 end),
    "mul: anomaly: the input a [2] is nan at element [2], and came in from outside")
  local masked = sg.detect_anomaly(function()
    return sg.tensor({1, 2}):masked_fill(sg.tensor {true, false}, -math.huge):softmax(1)
  end)
  lu.assertEquals(masked:totable(), {0, 1})
end

function TestAnomaly:test_backward()
  local x = leaf {4, 0}
  local line, y
  sg.detect_anomaly(function()
    line = line_of_caller() + 1
    y = x:sqrt()
  end)
  local text = message(sg.detect_anomaly, function() y:sum():backward() end)
  lu.assertStrContains(text, "backward of sqrt: anomaly: what arrives is finite, and the gradient of x [2] is " ..
    "inf at element [2]; the op was applied at ")
  lu.assertStrContains(text, "anomaly_test.lua:" .. line)
  lu.assertNil(x.grad)
end

function TestAnomaly:test_a_graph_recorded_without_it_has_no_line()
  local x = leaf {0}
  local y = x:sqrt():sum()
  sg.set_detect_anomaly(true)
  local text = message(y.backward, y)
  lu.assertStrContains(text, "the gradient of x [1] is inf at element [1]")
  lu.assertNotStrContains(text, "applied at")
end

function TestAnomaly:test_a_composition_and_an_op_of_ones_own()
  lu.assertStrContains(message(sg.detect_anomaly, function() return sg.dot(sg.tensor {3e38}, sg.tensor {10}) end),
    "dot: ")
  local own = sg.op {
    forward = function(_, x) return x / 0 end,
    backward = function(_, gy) return gy end,
  }
  lu.assertStrContains(message(sg.detect_anomaly, own, leaf {1}), "div: anomaly")
  local careless = sg.op {
    label = "careless", forward = function(_, first) return first * 2 end,
    backward = function(_, gy) return sg.full_like(gy, math.huge) end,
  }
  local y = sg.detect_anomaly(function() return careless(leaf {1}) end)
  lu.assertStrContains(message(sg.detect_anomaly, y.backward, y),
    "backward of careless: anomaly: what arrives is finite, and the gradient of first [1] is inf")
end

function TestAnomaly:test_the_switch()
  lu.assertFalse(sg.is_anomaly_enabled())
  lu.assertFalse(sg.set_detect_anomaly(true))
  lu.assertTrue(sg.is_anomaly_enabled())
  lu.assertTrue(sg.set_detect_anomaly(false))
  lu.assertEquals({sg.detect_anomaly(function(...) return sg.is_anomaly_enabled(), ... end, 1, nil, 2)},
    {true, 1, nil, 2})
  pcall(sg.detect_anomaly, error, "no")
  lu.assertFalse(sg.is_anomaly_enabled())
  lu.assertStrContains(message(sg.set_detect_anomaly, 1), "set_detect_anomaly: the argument is the number 1")
  lu.assertStrContains(message(sg.detect_anomaly, 1), "detect_anomaly: the function is")
end

os.exit(lu.LuaUnit.run())
