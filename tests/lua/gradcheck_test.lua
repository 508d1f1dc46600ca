-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck: whatever can be checked, what the report tells, what is refused, and what is left as it was.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, leaf, wrong = support.error_of, support.leaf, support.wrong_tanh
local nn = sg.nn

local f64 = {dtype = "f64"}

-- The call fails with a message that names this file and holds all the given parts.
local function assert_refused(parts, f, inputs, options)
  local message = error_of(function() sg.gradcheck(f, inputs, options) end)
  lu.assertStrContains(message, "gradcheck")
  for _, part in ipairs(parts) do lu.assertStrContains(message, part) end
  lu.assertStrContains(message, "gradcheck_test.lua:")
end

-- ---- The report ---------------------------------------------------------------------------------

TestReport = {}

function TestReport:testFields()
  local report = sg.gradcheck(function(x, w) return (x * w):tanh() end, {leaf {{1, 2}, {3, 4}}, leaf {0.5, -0.2}},
    {names = {"x", "w"}, seed = 3, miss = 0.05})
  lu.assertIsTrue(report.ok)
  lu.assertEquals(report.verdict, "pass")
  lu.assertEquals(report.mode, "auto")
  lu.assertEquals(report.order, 1)
  lu.assertEquals(report.miss, 0.05)
  lu.assertTrue(report.evaluations > 0)
  lu.assertEquals(report.reason, "")
  lu.assertIsTable(report.structures)
  lu.assertEquals(tostring(report), report.text)
  local x = report.inputs[1]
  lu.assertIs(report.inputs.x, x)
  lu.assertIs(report.inputs.w, report.inputs[2])
  lu.assertNil(report.inputs.y)
  lu.assertEquals({x.name, x.position, x.order, x.mode, x.verdict}, {"x", 1, 1, "full", "pass"})
  lu.assertEquals(x.shape, {2, 2})
  lu.assertEquals({x.checked, x.passed, x.failed, x.nondifferentiable}, {4, 4, 0, 0})
  local promises = "inconclusive skipped max_error largest resolution probes dense_error dense_miss single_error "
  for field in (promises .. "single_miss"):gmatch("%S+") do lu.assertIsNumber(x[field], field) end
  lu.assertIsString(x.diagnosis)
  lu.assertEquals(#x.worst.index, 2)
end

function TestReport:testLinesFitATerminal()
  local report = sg.gradcheck(wrong, {leaf {{0.5, 1}, {2, 3}}}, {names = {"a rather long name for an input"}})
  for line in report.text:gmatch("[^\n]*") do lu.assertTrue(#line <= 80, line) end
end

function TestReport:testValuesOfEveryElement()
  local x = leaf {{0.5, -1, 2}, {0.1, 0, 1}}
  local input = sg.gradcheck(sg.tanh, {x}, {mode = "full"}).inputs[1]
  local values = input:values()
  lu.assertEquals(values.count, 6)
  lu.assertEquals(values.positions:totable(), {1, 2, 3, 4, 5, 6})
  lu.assertEquals(values.positions.dtype, "i64")
  lu.assertEquals(values.verdict_names[values.verdicts[1]:item()], "pass")
  local difference = (values.analytic - values.numeric):abs()
  lu.assertEquals((difference:le(values.error_bar)):to("f64"):sum():item(), 6)
  collectgarbage()
  lu.assertEquals(input:values().count, 6)
end

function TestReport:testAWrongElementIsFoundInTheValues()
  local mask = sg.tensor({0, 1, 0}, f64)
  local report = sg.gradcheck(function(x) return x:tanh() + (x:sin() * mask):detach() end, {leaf {0.5, 1, 2}})
  local values = report.inputs[1]:values()
  lu.assertEquals(values.verdict_names[values.verdicts[2]:item()], "fail")
  lu.assertEquals(values.verdict_names[values.verdicts[1]:item()], "pass")
  lu.assertEquals(report.inputs[1].worst.index, {2})
end

function TestReport:testLongNamesStayWhole()
  local name = ("encoder.layers."):rep(6) .. "weight"
  local report = sg.gradcheck(sg.tanh, {leaf {1}}, {names = {name}})
  lu.assertEquals(report.inputs[1].name, name)
end

function TestReport:testAssertReturnsTheReportOrRaisesIt()
  lu.assertIsTrue(sg.assert_gradcheck(sg.tanh, {leaf {1}}).ok)
  local message = error_of(function() sg.assert_gradcheck(wrong, {leaf {1}}, {names = {"x"}}) end)
  lu.assertStrContains(message, "gradcheck_test.lua:")
  lu.assertStrContains(message, "gradient check: fail")
end

-- ---- What can be checked ------------------------------------------------------------------------

TestSubjects = {}

function TestSubjects:testAnOpWithItsOptionsAndNames()
  local x, gamma = sg.randn(4, 3, f64), sg.rand(3, f64)
  local report = sg.gradcheck(sg.batch_norm, {x, gamma, nil}, {options = {eps = 0.1}, order = 2})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals({report.inputs[1].name, report.inputs[2].name}, {"x", "gamma"})
  local beta_only = sg.gradcheck(sg.batch_norm, {x, false, gamma})
  lu.assertEquals(beta_only.inputs.beta.position, 3)
end

function TestSubjects:testOpsOfSeveralInputs()
  local a, b = sg.randn(2, 3, f64), sg.randn(2, 2, f64)
  lu.assertIsTrue(sg.gradcheck(sg.cat, {a, b}, {options = {dim = 2}}).ok)
  local index = sg.tensor({{1, 2, 1}}, {dtype = "i64"})
  local report = sg.gradcheck(sg.gather, {a, index}, {options = {dim = 1}})
  lu.assertIsTrue(report.ok)
  lu.assertEquals(#report.inputs, 1)
end

function TestSubjects:testMethodsFieldsAndCallables()
  local x = leaf {0.5, 2}
  lu.assertIsTrue(sg.gradcheck(x.tanh, {x}).ok)
  lu.assertIsTrue(sg.gradcheck(x.tanh, x).ok)
  local swish = setmetatable({scale = 2}, {__call = function(self, t) return t * (t * self.scale):sigmoid() end})
  lu.assertIsTrue(sg.gradcheck(swish, {x}).ok)
  lu.assertIsFalse(sg.gradcheck(setmetatable({}, {__call = function(_, t) return wrong(t) end}), {x}).ok)
end

function TestSubjects:testCustomOps()
  local function product(is_wrong)
    return sg.op {
      forward = function(ctx, x, w)
        ctx:save(x, w)
        return x * w
      end,
      backward = function(ctx, gy)
        local x, w = ctx:saved()
        return is_wrong and -gy * w or gy * w, gy * x
      end,
    }
  end
  local inputs = {leaf {1, 2}, leaf {3, -4}}
  local report = sg.gradcheck(product(false), inputs, {order = 2})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals({report.inputs[1].name, report.inputs[2].name}, {"x", "w"})
  lu.assertEquals(sg.gradcheck(product(true), inputs).inputs.x.verdict, "fail")
  lu.assertEquals(sg.gradcheck(product(true), inputs).inputs.w.verdict, "pass")
end

function TestSubjects:testTheLastArgumentAndAbsentOnes()
  local given
  local function f(x, nothing, w, options)
    given = {nothing, options.power}
    return (x * w) ^ options.power
  end
  local x = leaf {0.5, 2}
  local report = sg.gradcheck(f, {x, false, x:detach():clone()}, {options = {power = 3}})
  lu.assertIsTrue(report.ok)
  lu.assertEquals(given, {nil, 3})
end

function TestSubjects:testIntegerInputsAndResultsAreConstants()
  local labels = sg.tensor({1, 3}, {dtype = "i64"})
  local function f(x, t) return x:index_select(t, 1):exp(), x:argmax(1) end
  local report = sg.gradcheck(f, {leaf {{1, 2}, {3, 4}, {5, 6}}, labels})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals(#report.inputs, 1)
end

function TestSubjects:testOneTensorTwiceIsTwoInputs()
  local x = leaf {0.5, 2}
  local report = sg.gradcheck(function(a, b) return a * a * b end, {x, x})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals(#report.inputs, 2)
end

function TestSubjects:testF32IsPromotedWithANote()
  local report = sg.gradcheck(sg.tanh, {sg.tensor {0.5, 1}})
  lu.assertIsTrue(report.ok)
  lu.assertStrContains(report.notes, "x is f32")
end

function TestSubjects:testOnlyWhatRequiresAGradient()
  local x, w = leaf {1, 2}, sg.tensor({3, 4}, f64)
  lu.assertEquals(#sg.gradcheck(sg.mul, {x, w}).inputs, 1)
  lu.assertEquals(#sg.gradcheck(sg.mul, {x, w}, {check = {[2] = true}}).inputs, 2)
  local report = sg.gradcheck(sg.mul, {x:detach(), w}, {names = {"a", "b"}, check = {a = false}})
  lu.assertEquals({#report.inputs, report.inputs[1].name}, {1, "b"})
end

-- ---- Masks --------------------------------------------------------------------------------------

TestSkip = {}

local function skipping(inputs, options)
  return sg.gradcheck(function(x, w) return w and wrong(x) * w or wrong(x) end, inputs, options)
end

function TestSkip:testOneInput()
  local x = leaf {0.5, 1, 2}
  local function f(t) return t:tanh() + (t * sg.tensor({0, 1, 0}, f64)):detach() end
  lu.assertIsFalse(sg.gradcheck(f, {x}).ok)
  local report = sg.gradcheck(f, {x}, {skip = sg.tensor({0, 1, 0}, {dtype = "i64"})})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals({report.inputs[1].checked, report.inputs[1].skipped}, {2, 1})
  lu.assertEquals(report.inputs[1]:values().positions:totable(), {1, 3})
end

function TestSkip:testByNameAndPosition()
  local x, w, all = leaf {0.5, 1}, leaf {1, 2}, sg.ones(2, f64)
  lu.assertEquals(skipping({x, w}, {names = {"x", "w"}, skip = {x = all}}).inputs.x.skipped, 2)
  lu.assertEquals(skipping({x, w}, {skip = {all, false}}).inputs[1].skipped, 2)
end

function TestSkip:testAPoleDoesNotSpoilTheRest()
  local x = sg.tensor({0.5, 1, 2}, f64)
  local function f(t) return 1 / (t - 1 + t:eq(1)) end
  lu.assertIsFalse(sg.gradcheck(f, {x}).ok)
  lu.assertIsTrue(sg.gradcheck(f, {x}, {skip = x:eq(1)}).ok)
end

-- ---- What is refused ----------------------------------------------------------------------------

TestRefused = {}

function TestRefused:testSubjects()
  local x = leaf {1}
  assert_refused({"the function is missing", "expected a function, an op or a module"}, nil, {x})
  assert_refused({"the number 3"}, 3, {x})
  assert_refused({"a tensor f64 [1]"}, x, {x})
  assert_refused({"a table"}, {}, {x})
end

function TestRefused:testInputs()
  local x = leaf {1}
  assert_refused({"the inputs are the number 3, expected a list of tensors"}, sg.exp, 3)
  assert_refused({"the inputs are missing"}, sg.exp)
  assert_refused({"list of inputs is empty"}, sg.exp, {})
  assert_refused({"every input is absent"}, sg.exp, {false})
  assert_refused({"the key the string 'x'"}, sg.exp, {x = x})
  assert_refused({"no input is a tensor, expected at least one"}, sg.exp, {3})
  assert_refused({"every input is i64", "x:to(\"f64\")"}, sg.exp, {sg.tensor({1}, {dtype = "i64"})})
  local many = {}
  for i = 1, 65 do many[i] = x end
  assert_refused({"65 inputs, expected 1 to 64"}, sg.cat, many)
  local freed
  sg.tidy(function() freed = sg.ones(2) end)
  lu.assertStrContains(error_of(sg.gradcheck, sg.exp, {freed}), "was freed")
end

-- An input that is forgotten beside others that require a gradient is not silently taken for right.
function TestRefused:testForgottenInputIsNoted()
  local function f(x, y) return x * y end
  local x, y = sg.ones(2, {dtype = "f64"}), leaf {1, 2}
  local report = sg.gradcheck(f, {x, y}, {names = {"x", "y"}})
  lu.assertEquals(#report.inputs, 1)
  lu.assertStrContains(report.notes, "x was not checked: requires_grad is false")
  lu.assertEquals(sg.gradcheck(f, {y, leaf {3, 4}}, {check = {false, true}}).notes, "")
  lu.assertEquals(sg.gradcheck(f, {x, x:clone()}, {order = 2}).notes, "")
end

-- An element far below the finest step that suits the others is judged at its own scale.
function TestRefused:testTinyElementsBesideOthers()
  for _, tiny in ipairs {1e-200, 1e-100, 1e-30, 1e-20} do
    for name, f in pairs {log = sg.log, sqrt = sg.sqrt, sin = sg.sin} do
      local label = ("%s at %g"):format(name, tiny)
      lu.assertEquals(sg.gradcheck(f, {leaf {tiny, 1}}).verdict, "pass", label)
      local doubled = function(x) return 2 * f(x) - f(x):detach() end
      local wrong = sg.gradcheck(doubled, {leaf {tiny, 1}}, {skip = sg.tensor({0, 1})})
      lu.assertFalse(wrong.ok, label)
    end
  end
end

-- Names and shapes are never cut, and the table stays within 80 columns.
function TestRefused:testLongNamesAndShapes()
  local name = "encoder.blocks.3.attention.projection.weight"
  local text = tostring(sg.gradcheck(function(x, y) return x * y end,
    {sg.ones(2, 1, 10, 100), sg.ones(1, 1, 1, 1, 1, 1, 1, 1)}, {names = {"x", name}}))
  lu.assertStrContains(text, "\nx               [2, 1, 10, 100]     2000 pass")
  lu.assertStrContains(text, "\n" .. name .. " [1, 1, 1, 1, 1, 1, 1, 1]\n")
  for line in text:gmatch("[^\n]+") do lu.assertTrue(#line <= 80, line) end
end

-- A step that is lost in the rounding of x is made one that is not.
function TestRefused:testTinySteps()
  for _, mode in ipairs {"full", "directional"} do
    lu.assertEquals(sg.gradcheck(sg.exp, {leaf {1, 2}}, {step = 1e-30, mode = mode}).verdict, "pass")
  end
end

function TestRefused:testOptions()
  local function refused(parts, options) assert_refused(parts, function(x) return x end, {leaf {1, 2}}, options) end
  refused({"mode is the string 'fulll', expected full, directional or auto; did you mean 'full'?"},
    {mode = "fulll"})
  refused({"order is the number 99, expected 1, 2 or 3"}, {order = 99})
  refused({"order is the string '2', expected 1, 2 or 3"}, {order = "2"})
  refused({"order is the number 1.5"}, {order = 1.5})
  for _, miss in ipairs {0, 1, 2, -1, 0 / 0, math.huge} do
    refused({"miss is", "expected a probability between 0 and 1"}, {miss = miss})
  end
  refused({"step is -1"}, {step = -1})
  refused({"k is 0.5"}, {k = 0.5})
  refused({"budget is the number -1"}, {budget = -1})
  refused({"seed is the number 1.5, expected an integer"}, {seed = 1.5})
  refused({"jacobian is the number 1, expected true or false"}, {jacobian = 1})
  refused({"names is the string 'x', expected a list of strings"}, {names = "x"})
  refused({"names is a list of 2, expected 1"}, {names = {"a", "b"}})
  refused({"name 1 is the number 3, expected a string"}, {names = {3}})
  refused({"skip is the number 3"}, {skip = 3})
  refused({"skip of input 1 has shape [3], expected [2]"}, {skip = sg.zeros(3)})
  refused({"skip of weight is the number 1"}, {names = {"weight"}, skip = {weight = 1}})
  refused({"skip has the key 'wieght'", "did you mean 'weight'?"},
    {names = {"weight"}, skip = {wieght = sg.zeros(2)}})
  refused({"check has the key the number 2"}, {check = {[2] = true}})
  refused({"unknown option 'ordre'; did you mean 'order'?"}, {ordre = 2})
  refused({"options is the number 3"}, {options = 3})
  refused({"the options are the number 5"}, 5)
  lu.assertStrContains(error_of(sg.gradcheck, sg.batch_norm, {leaf {{1}, {2}}}, {options = {esp = 1}}),
    "batch_norm: unknown option 'esp'; did you mean 'eps'?")
end

function TestRefused:testResults()
  local function refused(parts, f) assert_refused(parts, f, {leaf {{1, 2}, {3, 4}}}) end
  refused({"the function returned nothing, expected 1 to 16 tensors"}, function() end)
  refused({"result 1 of the function is missing"}, function() return nil end)
  refused({"result 1 of the function is the number", "x:item() leaves the graph"}, function(x)
    return x:sum():item()
  end)
  refused({"is a table, expected a tensor; return several tensors as several values"}, function(x) return {x} end)
  refused({"returned 17 values, expected 1 to 16"}, function(x)
    return x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
  end)
  refused({"a tensor i64 [2]", "integers have no derivative"}, function(x) return x:argmax(1) end)
  local calls = 0
  refused({"as in the first call"}, function(x)
    calls = calls + 1
    return calls > 4 and x:sum() or x
  end)
end

function TestRefused:testErrorsInTheMiddle()
  local calls = 0
  local function fails(x)
    calls = calls + 1
    if calls == 20 then error("no more") end
    return x:tanh()
  end
  assert_refused({"gradcheck: the function failed: ", "gradcheck_test.lua:", "no more"}, fails, {leaf {1, 2}})
  assert_refused({"matmul: "}, function(x) return x:matmul(x) end, {leaf {{1, 2, 3}}})
  assert_refused({"f32 inputs are checked in f64"}, function(x) return x + sg.ones(2) end, {sg.ones(2)})
  local problem = {}
  lu.assertIs(error_of(sg.gradcheck, function() error(problem) end, {leaf {1}}), problem)
  local co = coroutine.create(function()
    return sg.gradcheck(function(x)
      coroutine.yield()
      return x
    end, {leaf {1}})
  end)
  local ok, message = coroutine.resume(co)
  lu.assertIsFalse(ok)
  lu.assertStrContains(message, "the function under test must not yield")
end

-- A defect of the function is a verdict, not an error.
function TestRefused:testDefectsFail()
  local x = leaf {{1, 2}, {3, 4}}
  local function fails(f, part)
    local report = sg.gradcheck(f, {x}, {names = {"x"}})
    lu.assertEquals(report.verdict, "fail", report.text)
    if part then lu.assertStrContains(report.text, part) end
  end
  fails(function(t) return t:detach() * 2 end)
  fails(function(t) return t / 0 end, "not finite")
  fails(function(t) return t * (0 / 0) end, "not finite")
  fails(function(t) return sg.no_grad(function() return t:mul_(2) end) * t end, "writes")
  fails(function(t)
    sg.no_grad(function() x:add_(1) end)
    return t:tanh()
  end, "writes")
  lu.assertEquals(x:totable(), {{1, 2}, {3, 4}})
  local calls = 0
  fails(function(t)
    calls = calls + 1
    return t * calls
  end, "not deterministic")
end

function TestRefused:testEverythingIsAsBefore()
  local x = leaf {0.5, 2}
  x.grad = sg.tensor({7, 8}, f64)
  sg.manual_seed(5)
  local state = sg.get_rng_state()
  local calls = 0
  local function fails(t)
    calls = calls + 1
    if calls == 9 then error("stop") end
    return t * sg.rand(2, f64)
  end
  error_of(sg.gradcheck, fails, {x})
  lu.assertEquals(sg.get_rng_state(), state)
  lu.assertEquals(x:totable(), {0.5, 2})
  lu.assertEquals(x.grad:totable(), {7, 8})
  lu.assertIsTrue(sg.is_grad_enabled())
  lu.assertIsTrue(sg.gradcheck(function(t) return t * sg.rand(2, f64) end, {x}).ok)
  sg.no_grad(function() lu.assertIsTrue(sg.gradcheck(sg.tanh, {x}).ok) end)
end

-- An interrupt is an error that comes once, at any instruction. In the function it is no refusal, neither of equal
-- arguments nor of anything else.
function TestRefused:testAnInterruptEndsTheCheck()
  local function product(a, b)
    for _ = 1, 40 do end
    return a * b
  end
  local function check() sg.gradcheck(product, {leaf {0.5}, leaf {2}}) end
  local instructions = 0
  debug.sethook(function() instructions = instructions + 1 end, "", 1)
  check()
  debug.sethook()
  lu.assertTrue(instructions > 2000)
  for at = 20, instructions - 50, 7 do lu.assertFalse(support.interrupted(at, check), at) end
end

function TestRefused:testInputsDroppedMeanwhile()
  local inputs = {leaf {0.5, 2}}
  local report = sg.gradcheck(function(t)
    inputs[1] = nil
    collectgarbage()
    return t:tanh()
  end, inputs)
  lu.assertIsTrue(report.ok)
end

os.exit(lu.LuaUnit.run())
