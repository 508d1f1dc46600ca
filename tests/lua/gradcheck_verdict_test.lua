-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a report of the checker says follows from what was compared: counts add up, verdicts follow from them,
-- nothing is promised that the error bars do not carry, and what cannot be checked is never passed in silence.
local lu = require "luaunit"
local sg = require "selenograd"

local f64 = {dtype = "f64"}
local directional, full = {mode = "directional"}, {mode = "full"}

local function zeros(...) return sg.zeros(..., f64) end
local function promises(input) return input.dense_miss < 1 or input.single_miss < 1 end

-- The largest of a row of two, whose gradient goes to both in fixed parts.
local function row_max(first, second)
  return sg.op {
    forward = function(_, x) return x:amax(1) end,
    backward = function(_, dy) return dy * sg.tensor({first, second}, f64) end,
  }
end

TestZeros = {}

-- Where all outputs are 0 they have no noise, and only the terms that cancel in the analytic sum tell how it
-- rounds.
function TestZeros:test_sums_of_cancelling_weights()
  for _, name in ipairs {"im2col", "affine_grid", "conv2d", "avg_pool2d", "cumsum", "matmul"} do
    for number = 1, 6 do
      local sample = sg.op_sample(name, number, 1)
      local floating = false
      for i, x in ipairs(sample and sample.inputs or {}) do
        if x and x:is_floating_point() then floating, sample.inputs[i] = true, sg.zeros_like(x) end
      end
      local report = floating and sg.gradcheck(sg[name], sample.inputs, {options = sample.options})
      if report then lu.assertNotEquals({name, sample.name, report.verdict}, {name, sample.name, "fail"}) end
    end
  end
end

TestKinks = {}

-- Directions that leave all zeros alone move nothing: they had passed everything, and promised 1e-60.
function TestKinks:test_directions_at_kinks_promise_nothing()
  for _, parts in ipairs {{0.3, 0.9}, {0.5, 0.5}} do
    local input = sg.gradcheck(row_max(table.unpack(parts)), {zeros(2)}, directional).inputs[1]
    lu.assertFalse(promises(input))
    lu.assertEquals(input.directions.passed, 0)
    lu.assertTrue(input.directions.nondifferentiable > 0)
  end
end

-- Along directions the parts must add up: 0.3 and 0.9 are no gradient of the whole.
function TestKinks:test_directions_at_kinks_tell_what_elements_do_not()
  local report = sg.gradcheck(row_max(0.3, 0.9), {zeros(2)}, directional)
  lu.assertEquals(report.verdict, "inconclusive")
  lu.assertStrContains(report.inputs[1].reason, "along random directions")
  lu.assertTrue(report.inputs[1].directions.inconclusive > 0)
  lu.assertEquals(sg.gradcheck(row_max(0.5, 0.5), {zeros(2)}, directional).verdict, "nondifferentiable")
end

-- relu(a) - relu(b) at zero has the derivative 1 along (1, -1), which no choice for each kink gives: no mistake.
function TestKinks:test_kinks_of_both_signs_do_not_fail_along_directions()
  for seed = 1, 10 do
    sg.manual_seed(seed)
    local signs = sg.tensor({1, -1, 1, -1, 2, -2}, f64)
    local function f(x) return (sg.relu(x) * signs):sum() end
    lu.assertNotEquals(sg.gradcheck(f, {zeros(6)}, {mode = "directional", seed = seed}).verdict, "fail")
    local x = sg.randn(6, f64)
    x[2], x[3], x[5] = 0, 0, 0
    lu.assertEquals(sg.gradcheck(f, {x}, {mode = "directional", seed = seed}).verdict, "nondifferentiable")
  end
end

function TestKinks:test_zeros_that_directions_leave_alone_are_told()
  local x = sg.randn(1000, f64)
  for i = 1, 1000, 3 do x[i] = 0 end
  local input = sg.gradcheck(sg.relu, {x}, directional).inputs[1]
  lu.assertStrContains(input.reason, "directions left 334 elements that are 0 alone")
end

TestPromises = {}

-- One element of which nothing is known may hold any error.
function TestPromises:test_nothing_is_promised_where_something_is_open()
  local wrong = sg.op {forward = function(_, x) return x * 2 end, backward = function(_, dy) return dy * 3 end}
  local ones = sg.ones(3, f64)
  local function sum_of_norm(x) return sg.batch_norm(x, ones, zeros(3)):sum() end
  for _, mode in ipairs {full, directional} do
    for _, input in ipairs(sg.gradcheck(sum_of_norm, {sg.randn(4, 3, f64)}, mode).inputs) do
      lu.assertEquals(input.verdict, "inconclusive")
      lu.assertFalse(promises(input))
    end
    lu.assertFalse(promises(sg.gradcheck(wrong, {sg.randn(5, f64)}, mode).inputs[1]))
  end
  lu.assertTrue(promises(sg.gradcheck(sg.sin, {sg.randn(5, f64)}, full).inputs[1]))
end

TestCounts = {}

local function sum(counts)
  return counts.passed + counts.failed + counts.nondifferentiable + counts.inconclusive
end

-- An error that only directions see is a failure that is counted.
function TestCounts:test_failed_directions_are_counted()
  local wrong = sg.op {
    forward = function(ctx, x) ctx:save(x) return x * x end,
    backward = function(ctx, dy) return dy * ctx:saved() * 2.00002 end,
  }
  local report = sg.gradcheck(wrong, {sg.randn(2000, f64)}, directional)
  local input = report.inputs[1]
  lu.assertEquals(input.verdict, "fail")
  lu.assertEquals(input.directions.failed, 1)
  lu.assertStrContains(report.text, "directions: 0 passed, 1 failed")
  lu.assertEquals(sum(input), input.checked)
end

-- Nothing was checked, so nothing passed.
function TestCounts:test_what_was_not_checked_has_not_passed()
  local captured = sg.randn(4, 3, f64)
  local report = sg.gradcheck(function() return captured * 2 end, {captured})
  local input = report.inputs[1]
  lu.assertEquals({input.verdict, input.passed, input.inconclusive}, {"inconclusive", 0, 12})
  lu.assertStrContains(report.text, "0 passed, 0 failed, 0 nondifferentiable, 12 inconclusive")
  local values = input:values()
  for _, verdict in ipairs(values.verdicts:totable()) do
    lu.assertEquals(values.verdict_names[verdict], "inconclusive")
  end
end

function TestCounts:test_entries_of_the_jacobian_are_counted()
  local report = sg.gradcheck(sg.sin, {sg.randn(3, f64)}, {jacobian = true})
  lu.assertEquals(report.inputs[1].entries, {passed = 9, failed = 0, nondifferentiable = 0, inconclusive = 0})
end

TestOverflow = {}

-- Twice a gradient of 1e308 is no number, which is no mistake of the one who adds.
function TestOverflow:test_gradients_that_overflow_fail_no_structure()
  local infinite = sg.op {
    forward = function(_, x) return x * 1 end,
    backward = function(_, dy) return dy * math.huge end,
  }
  local functions = {
    function(x) return x * 1e308 end, function(x) return x * 1e307, x * -1e308 end, infinite, sg.sqrt,
    function(x) return sg.sign(x) * sg.sqrt(sg.abs(x)) end,
  }
  for _, f in ipairs(functions) do
    for _, x in ipairs {sg.ones(4, f64), zeros(4)} do
      local report = sg.gradcheck(f, {x}, full)
      for _, structure in ipairs(report.structures) do
        lu.assertNotEquals(structure.verdict, "fail", structure.name .. ": " .. structure.text)
      end
      lu.assertNotStrContains(report.text, "-nan")
    end
  end
end

-- A gradient that has left the numbers all by itself is one.
function TestOverflow:test_accumulation_that_gives_nan_fails()
  local calls = 0
  local broken = sg.op {
    forward = function(_, x) return x * 1 end,
    backward = function(_, dy)
      calls = calls + 1
      return calls > 7 and dy * (0 / 0) or dy * 1
    end,
  }
  lu.assertEquals(sg.gradcheck(broken, {sg.ones(4, f64)}, full).verdict, "fail")
end

-- A derivative that raises while it is recorded is told as that, not as one that does not exist.
function TestOverflow:test_errors_while_recording_are_told()
  local shy = sg.op {
    forward = function(_, x) return x * 1 end,
    backward = function(_, dy)
      if dy.requires_grad then error("not while you look") end
      return dy * 1
    end,
  }
  local report = sg.gradcheck(shy, {sg.ones(4, f64)})
  for _, structure in ipairs(report.structures) do
    if structure.name == "dual" then
      lu.assertStrContains(structure.text, "raises an error while it is recorded")
    end
  end
end

TestAsked = {}

local logits, target = sg.randn(4, 3, f64), sg.tensor({1, 2, 3, 1}, {dtype = "i64"})

-- What was asked for and cannot be checked is refused.
function TestAsked:test_what_cannot_be_checked_is_refused()
  local condition = sg.gt(logits, 0):to("f64")
  lu.assertErrorMsgContains("check asks for condition, in which where declares no derivative", sg.gradcheck,
    sg.where, {condition, logits, logits * 2}, {check = {condition = true}})
  lu.assertErrorMsgContains("check asks for target, which is i64", sg.gradcheck, sg.cross_entropy, {logits, target},
    {check = {target = true}})
  lu.assertErrorMsgContains("check has the key 'eps'", sg.gradcheck, sg.sin, {logits}, {check = {eps = true}})
end

-- What was not asked for and is left out is told.
function TestAsked:test_what_is_left_out_is_told()
  local condition = sg.gt(logits, 0):to("f64")
  local report = sg.gradcheck(sg.where, {condition, logits, logits * 2})
  lu.assertStrContains(report.notes, "condition was not checked: the op declares no derivative in it")
  lu.assertEquals(#report.inputs, 2)
end

function TestAsked:test_an_input_that_nothing_depends_on_is_told()
  local report = sg.gradcheck(function(x) return x:sin() end, {logits, sg.randn(3, f64)}, {check = {[2] = true}})
  lu.assertEquals(report.inputs[2].verdict, "pass")
  lu.assertStrContains(report.text, "no output changes when input 2 does: its gradient is zero here")
end

TestProgress = {}

-- A sign of life, from functions, ops and modules; an error in it ends the check.
function TestProgress:test_progress_is_called()
  local linear = sg.nn.Linear(3, 2, {dtype = "f64"})
  for _, f in ipairs {function(x) return x:sin() end, sg.sin, linear} do
    local calls = 0
    sg.gradcheck(f, {logits}, {progress = function() calls = calls + 1 end})
    lu.assertTrue(calls > 0)
    lu.assertErrorMsgContains("enough", sg.gradcheck, f, {logits}, {progress = function() error("enough") end})
  end
  lu.assertErrorMsgContains("progress is the number 3, expected a function", sg.gradcheck, sg.sin, {logits},
    {progress = 3})
end

os.exit(lu.LuaUnit.run())
