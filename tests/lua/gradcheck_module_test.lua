-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck with a module: inputs and parameters by name, both modes, and a module that is as it was afterwards.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, wrong = support.error_of, support.wrong_tanh
local nn = sg.nn

-- ---- Modules ------------------------------------------------------------------------------------

TestModules = {}

-- Everything a check must leave alone, as plain Lua values.
local function state_of(module)
  local state = {rng = sg.get_rng_state(), grad_mode = sg.is_grad_enabled()}
  for name, each in module:named_modules() do
    state[name .. " training"] = each.training
    state[name .. " parameters"] = table.concat(each._parameters.names, " ")
    state[name .. " buffers"] = table.concat(each._buffers.names, " ")
    for key, value in pairs(each._fields) do
      state[name .. " field " .. key] = sg.is_tensor(value) and value:totable() or value
    end
  end
  for name, tensor in module:named_parameters() do
    state[name] = {tensor, tensor:totable(), tensor.grad and tensor.grad:totable(), tensor.dtype}
  end
  for name, tensor in module:named_buffers() do state[name] = {tensor, tensor:totable(), tensor.dtype} end
  return state
end

local function network()
  return nn.Sequential(nn.Linear(3, 4, {bias = false}), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(4, 2))
end

function TestModules:setUp()
  sg.manual_seed(7)
end

function TestModules:testInputsAndParametersInBothModes()
  local net = network()
  net(sg.randn(5, 3)):sum():backward()
  net[2]:eval()
  local x = sg.randn(5, 3)
  local before = state_of(net)
  local report = sg.gradcheck(net, {x}, {names = {"x"}})
  lu.assertEquals(state_of(net), before)
  lu.assertIsTrue(report.ok, report.text)
  lu.assertIsTrue(report.train.ok and report.eval.ok)
  local names = {}
  for i, input in ipairs(report.train.inputs) do names[i] = input.name end
  lu.assertEquals(names, {"x", "0.weight", "1.weight", "1.bias", "4.weight", "4.bias"})
  lu.assertEquals(#report.inputs, 12)
  lu.assertEquals(report.inputs["4.bias (eval)"].training, false)
  lu.assertEquals(report.inputs["4.bias"].name, "4.bias (train)")
  lu.assertEquals(report.inputs["0.weight"]:values().count, 12)
  lu.assertEquals(report.evaluations, report.train.evaluations + report.eval.evaluations)
  lu.assertStrContains(report.notes, "6 inputs are f32")
  lu.assertStrContains(tostring(report), "evaluation mode")
end

function TestModules:testOneModeAndALoss()
  local net, loss = network(), nn.CrossEntropyLoss()
  local labels = sg.tensor({1, 2, 1, 1, 2}, {dtype = "i64"})
  local report = sg.assert_gradcheck(net, sg.randn(5, 3), {
    training = true, loss = function(y) return loss(y, labels) end, order = 2,
  })
  lu.assertIsTrue(report.training)
  lu.assertNil(report.train)
  lu.assertEquals(report.inputs[1].name, "input")
end

local Classifier = nn.Module:extend("Classifier")
function Classifier:init()
  self.layer = nn.Linear(3, 4)
end
function Classifier:forward(x, labels) return sg.cross_entropy(self.layer(x), labels) end

function TestModules:testIntegerInputsPassThrough()
  local report = sg.gradcheck(Classifier(), {sg.randn(2, 3), sg.tensor({1, 4}, {dtype = "i64"})})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals(#report.train.inputs, 3)
end

-- A hidden unit is used twice, a statistic is kept in a field, and the derivative of `scale` is wrong when asked.
local Odd = nn.Module:extend("Odd")
function Odd:init(is_wrong)
  self.first = nn.Linear(2, 2)
  self.again = self.first
  self.scale = nn.Parameter(sg.tensor {1.5, 0.5})
  self.average = sg.zeros(2)
  self.calls = 0
  self.is_wrong = is_wrong
end
function Odd:forward(x)
  local y = self.again(self.first(x):tanh())
  self.calls = self.calls + 1
  self.average = self.average * 0.9 + y:mean(1):detach() * 0.1
  self.fresh = true
  if self.fail_at == self.calls then error("in the middle") end
  return self.is_wrong and self.training and wrong(self.scale) * y or self.scale:tanh() * y
end

function TestModules:testSharedParametersOnceAndFieldsKept()
  local odd, x = Odd(false), sg.randn(3, 2)
  local before = state_of(odd)
  local report = sg.gradcheck(odd, {x}, {training = true})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals(#report.inputs, 4)
  lu.assertEquals(state_of(odd), before)
  lu.assertNil(odd.fresh)
end

function TestModules:testAWrongParameterIsNamed()
  local report = sg.gradcheck(Odd(true), {sg.randn(3, 2)})
  lu.assertIsFalse(report.ok)
  lu.assertEquals(report.verdict, "fail")
  lu.assertEquals(report.inputs["scale (train)"].verdict, "fail")
  lu.assertEquals(report.inputs["scale (eval)"].verdict, "pass")
  lu.assertEquals(report.inputs["first.weight (train)"].verdict, "pass")
  local message = error_of(function() sg.assert_gradcheck(Odd(true), {sg.randn(3, 2)}) end)
  lu.assertStrContains(message, "gradcheck_module_test.lua:")
end

function TestModules:testAFailureInTheMiddleLeavesTheModuleAlone()
  local net = nn.Sequential(nn.BatchNorm1d(2), Odd(false))
  local x = sg.randn(3, 2)
  net(x):sum():backward()
  net[1]:eval()
  local calls = 0
  local plain = Odd.forward
  function Odd:forward(t)
    calls = calls + 1
    if calls == 30 then error("in the middle") end
    return plain(self, t)
  end
  local before = state_of(net)
  local message = error_of(sg.gradcheck, net, {x})
  Odd.forward = plain
  lu.assertStrContains(message, "gradcheck: the function failed: ")
  lu.assertStrContains(message, "in the middle")
  lu.assertEquals(state_of(net), before)
end

function TestModules:testFrozenParametersAndChoice()
  local net = network()
  net[1]:requires_grad_(false)
  local report = sg.gradcheck(net, {sg.randn(5, 3)}, {names = {"x"}, check = {x = false, ["4.bias"] = false}})
  lu.assertIsTrue(report.ok, report.text)
  lu.assertEquals(#report.train.inputs, 3)
  lu.assertIsTrue(net[5].bias.requires_grad)
end

function TestModules:testSkipByName()
  local layer = nn.Linear(2, 2)
  local report = sg.gradcheck(layer, {sg.randn(3, 2)}, {training = true, skip = {weight = sg.eye(2)}})
  lu.assertEquals({report.inputs.weight.skipped, report.inputs.weight.checked}, {2, 2})
end

-- More tensors than one check takes.
local Many = nn.Module:extend("Many")
function Many:init(count)
  for i = 1, count do self["p" .. i] = nn.Parameter(sg.rand(1)) end
  self.count = count
end
function Many:forward(x)
  for i = 1, self.count do x = x + self["p" .. i]:cos() end
  return x
end

function TestModules:testMoreParametersThanOneCheckTakes()
  local report = sg.gradcheck(Many(70), {sg.randn(1)}, {training = false, mode = "full"})
  lu.assertIsTrue(report.ok)
  lu.assertEquals(#report.inputs, 71)
  lu.assertEquals(report.inputs.p70.checked, 1)
end

function TestModules:testRefused()
  local net, x, narrow = network(), sg.randn(5, 3), sg.randn(5, 4)
  local before = state_of(net)
  local function assert_refused(parts, module, inputs, options)
    local message = error_of(function() sg.gradcheck(module, inputs, options) end)
    lu.assertStrContains(message, "gradcheck_module_test.lua:")
    for _, part in ipairs(parts) do lu.assertStrContains(message, part) end
  end
  assert_refused({"the inputs are 3, expected a list of tensors"}, net, 3)
  assert_refused({"the function failed", "a tensor"}, net, {"x"})
  assert_refused({"the inputs have the key \"x\""}, net, {x = x})
  assert_refused({"unknown option 'trainin'; did you mean 'training'?"}, net, {x}, {trainin = true})
  assert_refused({"training is 1, expected true or false"}, net, {x}, {training = 1})
  assert_refused({"loss is 3, expected a function"}, net, {x}, {loss = 3})
  assert_refused({"names is a list of 2, expected a list of 1"}, net, {x}, {names = {"a", "b"}})
  assert_refused({"skip has the key \"0.wieght\"", "did you mean '0.weight'?"}, net, {x},
    {skip = {["0.wieght"] = x}})
  assert_refused({"skip of 0.weight has shape [5, 3], expected [4, 3]"}, net, {x}, {skip = {["0.weight"] = x}})
  assert_refused({"order is the number 99"}, net, {x}, {order = 99})
  assert_refused({"nothing to check"}, nn.ReLU(), {})
  assert_refused({"every input is i64"}, nn.ReLU(), {sg.tensor({1}, {dtype = "i64"})})
  assert_refused({"linear: "}, net, {narrow})
  lu.assertEquals(state_of(net), before)
end

-- ---- Interrupts ---------------------------------------------------------------------------------

TestInterrupts = {}

-- The number of instructions that f takes, counted by a hook that is called after each.
local function count_instructions(f)
  local count = 0
  debug.sethook(function() count = count + 1 end, "", 1)
  f()
  debug.sethook()
  return count
end

-- An interrupt is an error at any instruction, also in those that put the module back at the end.
function TestInterrupts:testTheModuleIsPutBack()
  local model = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5))
  model:train()
  model[2]:eval()
  local weight = model[1].weight
  local function check()
    sg.gradcheck(model, {sg.tensor({{0.5}})}, {training = false, check = {["0.bias"] = false, input = false}})
  end
  local instructions = count_instructions(check)
  for back = 0, 700, 3 do
    support.interrupted(instructions - back, check)
    lu.assertEquals({model.training, model[1].training, model[2].training}, {true, true, false})
    lu.assertTrue(rawequal(model[1].weight, weight))
  end
end

os.exit(lu.LuaUnit.run())
