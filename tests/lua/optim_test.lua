-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.optim: every optimizer against PyTorch, state and parameter groups, schedulers, wrong arguments.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of = support.error_of
local optim = sg.optim

local function assert_close(values, expected, tolerance)
  lu.assertEquals(#values, #expected)
  for i, value in ipairs(values) do lu.assertAlmostEquals(value, expected[i], tolerance) end
end

local function start_point(dtype)
  return sg.tensor({1, -2, 0.5}, {dtype = dtype or "f64", requires_grad = true})
end

-- One step on sum(c p^2 + sin p), c = 1, 2, 3.
local function advance(p, optimizer)
  local c = sg.tensor({1, 2, 3}, {dtype = p.dtype})
  optimizer:zero_grad()
  local loss = (c * p * p):sum() + p:sin():sum()
  loss:backward()
  optimizer:step()
end

-- ---- Against PyTorch ----------------------------------------------------------------------------

-- p after four steps of PyTorch 1.13.1 (torch.optim, float64) on the function above from (1, -2, 0.5).
local golden = {
  {"SGD", {lr = 0.1}, {0.1711027347929231, -0.39616330153949725, -0.14791759637990656}},
  {"SGD", {lr = 0.05, momentum = 0.9}, {-0.038015035213587435, 0.5530318541940185, -0.5810648663173836}},
  {"SGD", {lr = 0.05, momentum = 0.9, dampening = 0.3, weight_decay = 0.1},
    {0.10508613952086342, 0.3217654291783888, -0.4979603741309547}},
  {"SGD", {lr = 0.05, momentum = 0.8, nesterov = true, weight_decay = 0.01},
    {-0.1110612258032314, 0.20428751190316619, -0.36222631614501}},
  {"Adam", {lr = 0.1}, {0.6014506263098371, -1.6018588408767374, 0.10720419851526816}},
  {"Adam", {lr = 0.02, betas = {0.8, 0.95}, eps = 1e-3, weight_decay = 0.1},
    {0.9201041428469577, -1.9200991595565902, 0.4202585594853138}},
  {"AdamW", {lr = 0.1, weight_decay = 0.2}, {0.5360214696607709, -1.4594525375175365, 0.08127122678934469}},
  {"AdamW", {}, {0.9959601648548007, -1.995920195894892, 0.49598038587577253}},
}

TestAgainstPyTorch = {}

function TestAgainstPyTorch:testDoublePrecision()
  for _, case in ipairs(golden) do
    local p = start_point()
    local optimizer = optim[case[1]]({p}, case[2])
    for _ = 1, 4 do advance(p, optimizer) end
    assert_close(p:totable(), case[3], 1e-12)
  end
end

function TestAgainstPyTorch:testSinglePrecision()
  for _, case in ipairs(golden) do
    local p = start_point("f32")
    local optimizer = optim[case[1]]({p}, case[2])
    for _ = 1, 4 do advance(p, optimizer) end
    assert_close(p:totable(), case[3], 2e-6)
  end
end

-- ---- State --------------------------------------------------------------------------------------

TestState = {}

function TestState:testRoundTripContinuesExactly()
  for _, case in ipairs(golden) do
    local p = start_point()
    local optimizer = optim[case[1]]({p}, case[2])
    advance(p, optimizer)
    advance(p, optimizer)
    local q = p:detach():clone()
    q.requires_grad = true
    local other = optim[case[1]]({q}, {lr = 77})
    other:load_state_dict(optimizer:state_dict())
    for _ = 1, 2 do
      advance(p, optimizer)
      advance(q, other)
    end
    lu.assertEquals(q:totable(), p:totable())
    assert_close(q:totable(), case[3], 1e-12)
  end
end

function TestState:testLoadedStateIsACopy()
  local p = start_point()
  local optimizer = optim.Adam({p}, {lr = 0.1})
  advance(p, optimizer)
  local other = optim.Adam({p})
  other:load_state_dict(optimizer:state_dict())
  local before = optimizer:state_dict().state[1].exp_avg:totable()
  advance(p, other)
  lu.assertEquals(optimizer:state_dict().state[1].exp_avg:totable(), before)
end

function TestState:testLoadRejects()
  local p = start_point()
  local optimizer = optim.Adam({p})
  advance(p, optimizer)
  local other = optim.Adam({sg.zeros(2, {requires_grad = true})})
  local state = optimizer:state_dict()
  lu.assertStrContains(error_of(other.load_state_dict, other, state), "has shape [3], expected [2]")
  other = optim.Adam({start_point(), start_point()})
  lu.assertStrContains(error_of(other.load_state_dict, other, state), "has 1 parameters, expected 2")
  lu.assertStrContains(error_of(other.load_state_dict, other, 3), "state is 3")
  local groups = state.param_groups
  local cases = {
    {{state = {}, param_groups = {5}}, "Adam.load_state_dict: group 1 is 5, expected a table"},
    {{state = {5}, param_groups = groups}, "state of parameter 1 is 5, expected a table"},
    {{state = {{}}, param_groups = groups}, "steps of parameter 1 is nil, expected a whole number >= 0"},
    {{state = {{steps = 1}}, param_groups = groups}, "exp_avg of parameter 1 is nil, expected a tensor"},
    {{state = {{steps = 1, exp_avg = p, exp_avg_sq = p, x = 1}}, param_groups = groups}, "unknown entry 'x'"},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(optimizer.load_state_dict, optimizer, case[1]), case[2])
  end
  advance(p, optimizer)
end

function TestState:testParametersWithoutGradientStay()
  local p, q = start_point(), start_point()
  local optimizer = optim.SGD({p, q}, {lr = 0.1, momentum = 0.9})
  advance(p, optimizer)
  lu.assertEquals(q:totable(), {1, -2, 0.5})
  lu.assertNil(optimizer:state_dict().state[2])
end

function TestState:testZeroGrad()
  local p = start_point()
  local optimizer = optim.SGD({p})
  p:sum():backward()
  lu.assertNotNil(p.grad)
  optimizer:zero_grad()
  lu.assertNil(p.grad)
end

-- The state of a parameter is converted with it, and training goes on.
function TestState:testConversionOfTheModuleKeepsTraining()
  for _, case in ipairs(golden) do
    local layer = sg.nn.Module()
    layer.p = sg.nn.Parameter(start_point("f32"))
    local optimizer = optim[case[1]](layer:parameters(), case[2])
    for step = 1, 4 do
      if step == 3 then layer:to("f64") end
      advance(layer.p, optimizer)
    end
    lu.assertEquals(layer.p.dtype, "f64")
    assert_close(layer.p:totable(), case[3], 2e-6) -- the first two steps were in f32
  end
end

function TestState:testEveryOptimizerHasOptionsOfItsOwn()
  local options = {betas = {0.5, 0.6}}
  local first, second = optim.Adam({start_point()}), optim.Adam({start_point()}, options)
  first.param_groups[1].betas[1] = 0
  second.param_groups[1].betas[1] = 0
  lu.assertEquals(optim.Adam({start_point()}).param_groups[1].betas, {0.9, 0.999})
  lu.assertEquals(options.betas, {0.5, 0.6})
  local state = first:state_dict()
  state.param_groups[1].betas[2] = 0
  lu.assertEquals(first.param_groups[1].betas, {0, 0.999})
  second:load_state_dict(first:state_dict())
  first.param_groups[1].betas[2] = 0.1
  lu.assertEquals(second.param_groups[1].betas, {0, 0.999})
  -- Those that later groups get are its own too.
  first.defaults.lr = 7
  lu.assertEquals(optim.Adam({start_point()}).param_groups[1].lr, 1e-3)
  first:add_param_group({params = {start_point()}})
  lu.assertEquals(first.param_groups[2].lr, 7)
end

function TestState:testClosure()
  local p = start_point()
  local optimizer = optim.SGD({p}, {lr = 0.5})
  local calls = 0
  local loss = sg.no_grad(function()
    return optimizer:step(function()
      calls = calls + 1
      optimizer:zero_grad()
      local value = (p * p):sum()
      value:backward()
      return value
    end)
  end)
  lu.assertEquals(calls, 1)
  lu.assertEquals(loss:item(), 5.25)
  lu.assertEquals(p:totable(), {0, 0, 0})
  lu.assertStrContains(error_of(optimizer.step, optimizer, 5), "SGD.step: closure is 5, expected a function")
  lu.assertStrContains(error_of(optimizer.step, optimizer, nil, 5), "SGD.step: unexpected argument 2: 5")
end

function TestState:testGroupAddedLater()
  local p, q = start_point(), start_point()
  local optimizer = optim.SGD({p}, {lr = 0.25})
  local schedule = optim.StepLR(optimizer, 1, {gamma = 0.5})
  optimizer:add_param_group({params = {q}, lr = 1})
  lu.assertStrContains(error_of(optimizer.add_param_group, optimizer, {params = {q}}), "params[1] occurs twice")
  lu.assertStrContains(error_of(optimizer.add_param_group, optimizer, {q}), "expected {params = {...}, ...}")
  lu.assertEquals(#optimizer.param_groups, 2)
  schedule:step()
  lu.assertEquals(optimizer.param_groups[1].lr, 0.125)
  lu.assertEquals(optimizer.param_groups[2].lr, 0.5)
end

function TestState:testParameterGroups()
  local p, q = start_point(), start_point()
  local optimizer = optim.SGD({{params = {p}, lr = 0.5}, {params = {q}}}, {lr = 0.25})
  local loss = p:sum() + q:sum()
  loss:backward()
  optimizer:step()
  assert_close(p:totable(), {0.5, -2.5, 0}, 1e-15)
  assert_close(q:totable(), {0.75, -2.25, 0.25}, 1e-15)
  optimizer.param_groups[2].lr = 1
  optimizer:step()
  assert_close(q:totable(), {-0.25, -3.25, -0.75}, 1e-15)
end

function TestState:testPrinting()
  local text = tostring(optim.Adam({start_point()}))
  lu.assertStrContains(text, "Adam (")
  lu.assertStrContains(text, "betas: (0.9, 0.999)")
end

-- ---- Wrong arguments ----------------------------------------------------------------------------

TestArguments = {}

function TestArguments:testConstructors()
  local p = start_point()
  local cases = {
    {optim.SGD, {}, nil, "SGD: params is an empty list"},
    {optim.SGD, p, nil, "expected a non-empty list"},
    {optim.SGD, {5}, nil, "params[1] is 5, expected a tensor"},
    {optim.SGD, {p, p}, nil, "occurs twice"},
    {optim.SGD, {sg.tensor({1}, {dtype = "i64"})}, nil, "i64"},
    {optim.SGD, {p * 2}, nil, "SGD: params[1] is the result of mul, expected a leaf"},
    {optim.SGD, {p, sg.zeros(2)}, nil, "SGD: params[2] requires no gradient"},
    {optim.SGD, {p:detach()}, nil, "SGD: params[1] requires no gradient"},
    {optim.SGD, {{params = {p}}, {params = {p * 2}}}, nil, "params[1] is the result of mul"},
    {optim.SGD, {{params = {p}}, start_point()}, nil, "params[2] is a tensor f64 [3], expected a group"},
    {optim.SGD, {p, bias = start_point()}, nil, "SGD: params has the key 'bias', expected a list"},
    {optim.SGD, sg.nn.Linear(1, 1), nil, "SGD: params is a Linear, expected a list"},
    {optim.SGD, {weight = p}, nil, "SGD: params has the key 'weight', expected a list"},
    {optim.Adam, {p}, {betas = {0.9, 0.99, third = 1}}, "betas has the key 'third'"},
    {optim.SGD, {p}, {lr = -1}, "SGD: lr is -1, expected a number in [0, inf)"},
    {optim.SGD, {p}, {lr = 0 / 0}, "SGD: lr is"},
    {optim.SGD, {p}, {lrr = 1}, "unknown option 'lrr'"},
    {optim.SGD, {p}, {nesterov = true}, "nesterov"},
    {optim.SGD, {p}, {nesterov = 1}, "true or false"},
    {optim.Adam, {p}, {betas = {0.9, 1}}, "Adam: betas[2] is 1, expected a number in [0, 1)"},
    {optim.Adam, {p}, {betas = 0.9}, "list of two"},
    {optim.AdamW, {p}, {eps = "a"}, "AdamW: eps is \"a\""},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(case[1], case[2], case[3]), case[4])
  end
end

function TestArguments:testSurplus()
  local p = start_point()
  local optimizer = optim.SGD({p})
  lu.assertStrContains(error_of(optim.SGD, {p}, {}, 5), "SGD: unexpected argument 3: 5, expected at most 2")
  lu.assertStrContains(error_of(optimizer.zero_grad, optimizer, true), "SGD.zero_grad: unexpected argument 1: true")
  lu.assertStrContains(error_of(optimizer.step), "Optimizer.step: self is nil, expected an optimizer")
  lu.assertStrContains(error_of(optim.StepLR, optimizer, 1, {}, 5), "StepLR: unexpected argument 4: 5")
  local schedule = optim.StepLR(optimizer, 1)
  lu.assertStrContains(error_of(schedule.step, schedule, 3), "unexpected argument 1: 3")
end

function TestArguments:testLearningRateThatTurnsBad()
  local p = start_point()
  local optimizer = optim.SGD({p})
  optimizer.param_groups[1].lr = 0 / 0
  p:sum():backward()
  lu.assertStrContains(error_of(optimizer.step, optimizer), "SGD: lr is")
  lu.assertEquals(p:totable(), {1, -2, 0.5})
end

function TestArguments:testOptionOutsideOfTheGroups()
  local optimizer = optim.SGD({start_point()})
  local message = error_of(function() optimizer.lr = 0.5 end)
  lu.assertStrContains(message, "SGD: lr belongs to the groups; set param_groups[i].lr")
  optimizer.note = "mine"
  lu.assertEquals(optimizer.note, "mine")
end

function TestArguments:testMisspelledOptionOfAGroup()
  local p = start_point()
  local optimizer = optim.SGD({p})
  optimizer.param_groups[1].momentun = 0.9
  p:sum():backward()
  lu.assertStrContains(error_of(optimizer.step, optimizer), "SGD: unknown option 'momentun', expected one of damp")
  lu.assertEquals(p:totable(), {1, -2, 0.5})
end

-- ---- Schedulers ---------------------------------------------------------------------------------

TestSchedulers = {}

local function rates(scheduler, count)
  local list = {}
  for i = 1, count do
    scheduler:step()
    list[i] = scheduler:lr()
  end
  return list
end

-- Values of PyTorch 1.13.1 (torch.optim.lr_scheduler).
function TestSchedulers:testCosineAnnealing()
  local optimizer = optim.SGD({start_point()}, {lr = 0.5})
  assert_close(rates(optim.CosineAnnealingLR(optimizer, 4, {eta_min = 0.1}), 4),
    {0.4414213562373095, 0.3, 0.15857864376269054, 0.1}, 1e-15)
end

function TestSchedulers:testStepLR()
  local optimizer = optim.SGD({start_point()}, {lr = 0.5})
  assert_close(rates(optim.StepLR(optimizer, 2, {gamma = 0.1}), 5), {0.5, 0.05, 0.05, 0.005, 0.005}, 1e-15)
end

function TestSchedulers:testState()
  local optimizer = optim.SGD({start_point()}, {lr = 0.5})
  local scheduler = optim.StepLR(optimizer, 2)
  rates(scheduler, 3)
  local other_optimizer = optim.SGD({start_point()}, {lr = 9})
  local other = optim.StepLR(other_optimizer, 2)
  other:load_state_dict(scheduler:state_dict())
  assert_close(rates(other, 1), rates(scheduler, 1), 0)
  lu.assertAlmostEquals(other_optimizer.param_groups[1].lr, 0.005, 1e-15)
end

function TestSchedulers:testArguments()
  lu.assertStrContains(error_of(optim.StepLR, 3, 1), "StepLR: optimizer is 3")
  lu.assertStrContains(error_of(optim.CosineAnnealingLR, optim.SGD({start_point()}), 0), "length is 0")
end

os.exit(lu.LuaUnit.run())
