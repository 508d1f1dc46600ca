-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd.nn: modules, their tree, state and arguments.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, names_of, sorted_keys = support.error_of, support.names_of, support.sorted_keys
local nn = sg.nn

-- ---- Modules of one's own -----------------------------------------------------------------------

local Net = nn.Module:extend("Net")

function Net:init(width)
  self.width = width
  self.first = nn.Linear(3, width)
  self.rest = nn.Sequential(nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, 2, {bias = false}))
  self.scale = nn.Parameter(sg.full(1, 2))
end

function Net:forward(x) return self.rest(self.first(x)) * self.scale end

TestModule = {}

function TestModule:testOwnClass()
  local net = Net(4)
  lu.assertEquals(net.width, 4)
  lu.assertEquals(net(sg.randn(5, 3)).shape, {5, 2})
  lu.assertEquals(names_of(net:named_parameters()),
    {"scale", "first.weight", "first.bias", "rest.0.weight", "rest.0.bias", "rest.2.weight"})
  lu.assertEquals(names_of(net:named_buffers()),
    {"rest.0.running_mean", "rest.0.running_var", "rest.0.num_batches_tracked"})
  lu.assertEquals(#net:parameters(), 6)
  lu.assertEquals(#net:buffers(), 3)
  lu.assertEquals(names_of(net:named_children()), {"first", "rest"})
  lu.assertEquals(names_of(net:named_modules()), {"", "first", "rest", "rest.0", "rest.1", "rest.2"})
  lu.assertEquals(#net:children(), 2)
  lu.assertEquals(#net:modules(), 6)
  lu.assertTrue(nn.is_module(net))
  lu.assertFalse(nn.is_module({}))
end

function TestModule:testInheritance()
  local Wide = Net:extend("Wide")
  function Wide:forward(x) return Net.forward(self, x) + 1 end
  local net = Wide(4)
  net:eval()
  local x = sg.randn(2, 3)
  lu.assertEquals(net(x):totable(), (Net.forward(net, x) + 1):totable())
  lu.assertStrContains(tostring(net), "Wide(")
end

function TestModule:testReassignedFieldsAreRegistered()
  local net = Net(4)
  net.extra = false
  net.extra = nn.Linear(1, 1)
  lu.assertEquals(names_of(net:named_children()), {"first", "rest", "extra"})
  net.extra = nil
  lu.assertEquals(names_of(net:named_children()), {"first", "rest"})
  lu.assertNil(net.extra)
  net.first = nn.Linear(3, 4, {bias = false})
  lu.assertEquals(names_of(net:named_parameters()),
    {"scale", "first.weight", "rest.0.weight", "rest.0.bias", "rest.2.weight"})
  lu.assertStrContains(error_of(function() net.scale = sg.zeros(1) end), "scale is a parameter")
end

function TestModule:testSharedParametersAppearOnce()
  local a, b = nn.Linear(2, 2, {bias = false}), nn.Linear(2, 2, {bias = false})
  b.weight = a.weight
  local model = nn.Sequential(a, b)
  lu.assertEquals(#model:parameters(), 1)
  lu.assertEquals(sorted_keys(model:state_dict()), {"0.weight", "1.weight"})
end

function TestModule:testModes()
  local net = Net(4)
  lu.assertTrue(net.training)
  lu.assertEquals(net:eval(), net)
  for _, module in ipairs(net:modules()) do lu.assertFalse(module.training) end
  net:train()
  for _, module in ipairs(net:modules()) do lu.assertTrue(module.training) end
  lu.assertStrContains(error_of(net.train, net, 1), "mode is 1")
end

function TestModule:testGradients()
  local net = Net(4)
  net(sg.randn(5, 3)):sum():backward()
  for _, parameter in ipairs(net:parameters()) do lu.assertNotNil(parameter.grad) end
  net:zero_grad()
  for _, parameter in ipairs(net:parameters()) do lu.assertNil(parameter.grad) end
  net:requires_grad_(false)
  lu.assertFalse(net(sg.randn(5, 3)).requires_grad)
  net:requires_grad_()
  lu.assertTrue(net(sg.randn(5, 3)).requires_grad)
end

function TestModule:testApplyVisitsChildrenFirst()
  local visited = {}
  nn.Sequential(nn.ReLU(), nn.Tanh()):apply(function(module) visited[#visited + 1] = module.class_name end)
  lu.assertEquals(visited[#visited], "Sequential")
  lu.assertEquals(#visited, 3)
  local net = nn.ReLU()
  lu.assertStrContains(error_of(net.apply, net, nil), "ReLU.apply: visit is nil, expected a function")
end

function TestModule:testToDtype()
  local net = Net(4)
  local before = net.first.weight:totable()
  net:requires_grad_(false)
  lu.assertEquals(net:to("f64"), net)
  for _, tensor in ipairs(net:parameters()) do
    lu.assertEquals(tensor.dtype, "f64")
    lu.assertFalse(tensor.requires_grad)
  end
  lu.assertEquals(net.rest[1].running_mean.dtype, "f64")
  lu.assertEquals(net.rest[1].num_batches_tracked.dtype, "i64")
  lu.assertEquals(net.first.weight:totable(), before)
  net:requires_grad_()
  lu.assertEquals(net(sg.randn(5, 3, {dtype = "f64"})).dtype, "f64")
  lu.assertStrContains(error_of(net.to, net, "f16"), "Net.to: dtype is \"f16\"")
end

-- The tensors are converted where they are, so that whoever holds them goes on with them.
function TestModule:testToKeepsTheParameters()
  local layer = nn.Linear(2, 1)
  local weight, bias = layer.weight, layer.bias
  layer(sg.ones(1, 2)):sum():backward()
  local norm = nn.BatchNorm1d(1)
  local mean = norm.running_mean
  nn.Sequential(layer, norm):to("f64")
  lu.assertTrue(rawequal(layer.weight, weight) and rawequal(layer.bias, bias))
  lu.assertTrue(rawequal(norm.running_mean, mean))
  lu.assertEquals(weight.dtype, "f64")
  lu.assertEquals(weight.grad.dtype, "f64")
  lu.assertEquals(weight.grad:totable(), {{1, 1}})
  lu.assertTrue(weight.requires_grad and weight.is_leaf)
end

-- A gradient for the parameter as it was would reach nobody.
function TestModule:testToBetweenForwardAndBackward()
  local layer = nn.Linear(2, 1)
  local loss = (layer.bias + 1):sum()
  layer:to("f64")
  lu.assertStrContains(error_of(loss.backward, loss), "the leaf [1] was converted to another dtype")
  lu.assertNil(layer.bias.grad)
  layer(sg.ones(1, 2, {dtype = "f64"})):sum():backward()
  lu.assertEquals(layer.bias.grad:totable(), {1})
end

function TestModule:testToInsideTidy()
  local layer = nn.Linear(2, 1)
  local made = sg.tidy(function()
    layer:to("f64")
    local inner = nn.Module()
    inner.w = nn.Parameter(sg.ones(2))
    inner:register_buffer("b", sg.ones(2))
    return {inner}
  end)[1]
  lu.assertEquals(layer.weight.dtype, "f64")
  lu.assertEquals(made.w:totable(), made.b:totable())
end

function TestModule:testConversionInPlace()
  local x = sg.tensor({1, 2}, {requires_grad = true})
  lu.assertEquals(x:to_("f64"), x)
  lu.assertEquals(x.dtype, "f64")
  lu.assertStrContains(error_of(function() (x * 2):to_("f32") end), "to_: the tensor [2] is the result of mul")
  lu.assertStrContains(error_of(x.to_, x, "i64"), "requires a gradient")
  lu.assertStrContains(error_of(x.to_, x, "f16"), "to_: dtype is the string 'f16'")
  lu.assertEquals(sg.tensor({1.5}):to_("i64"):totable(), {1})
end

function TestModule:testRegistrationErrors()
  local net = Net(2)
  lu.assertStrContains(error_of(net.register_parameter, net, "a.b", sg.zeros(1)), "without dots")
  lu.assertStrContains(error_of(net.register_parameter, net, "", sg.zeros(1)), "non-empty")
  lu.assertStrContains(error_of(net.register_parameter, net, "forward", sg.zeros(1)), "taken")
  lu.assertStrContains(error_of(net.register_buffer, net, "b", 5), "Net: buffer b is 5, expected a tensor")
  lu.assertStrContains(error_of(net.register_module, net, "m", {}), "expected a module")
  lu.assertStrContains(error_of(nn.Parameter, 5), "Parameter: argument is 5")
  lu.assertStrContains(error_of(nn.Sequential, nn.ReLU(), 5), "Sequential: argument 2 is 5, expected a module")
  lu.assertStrContains(error_of(nn.Module:extend("Empty")()), "Empty: the class has no forward")
end

function TestModule:testErrorsNameTheLineOfTheCaller()
  local message = error_of(function() nn.Linear(0, 3) end)
  lu.assertStrContains(message, "nn_test.lua:")
  lu.assertStrContains(message, "Linear: in_features is 0, expected a whole number >= 1")
end

function TestModule:testPrinting()
  local model = nn.Sequential(nn.Conv2d(1, 2, 3, {padding = 1, bias = false}), nn.BatchNorm2d(2), nn.MaxPool2d(2),
    nn.Sequential(nn.Flatten(), nn.Linear(8, 3)), nn.Dropout(0.25))
  lu.assertEquals(tostring(model), [[
Sequential(
  (0): Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=false)
  (1): BatchNorm2d(2, eps=1e-05, momentum=0.1, affine=true, track_running_stats=true)
  (2): MaxPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1), ceil_mode=false)
  (3): Sequential(
    (0): Flatten(start_dim=2, end_dim=-1)
    (1): Linear(in_features=8, out_features=3, bias=true)
  )
  (4): Dropout(p=0.25)
)]])
end

-- ---- State --------------------------------------------------------------------------------------

TestState = {}

function TestState:testRoundTrip()
  local a, b = Net(4), Net(4)
  a(sg.randn(6, 3))
  a(sg.randn(6, 3))
  b:load_state_dict(a:state_dict())
  a:eval()
  b:eval()
  local x = sg.randn(5, 3)
  lu.assertEquals(a(x):totable(), b(x):totable())
  lu.assertEquals(b.rest[1].num_batches_tracked:item(), 2)
  b.scale:detach():fill_(7)
  lu.assertEquals(a.scale:item(), 2)
end

function TestState:testConvertsDtype()
  local a, b = Net(4):to("f64"), Net(4)
  b:load_state_dict(a:state_dict())
  lu.assertEquals(b.first.weight.dtype, "f32")
  lu.assertAlmostEquals(b.first.weight:totable()[1][1], a.first.weight:totable()[1][1], 1e-6)
end

function TestState:testMismatchListsEverythingAndChangesNothing()
  local net = Net(4)
  local before = net.first.bias:totable()
  local state = Net(4):state_dict()
  state["scale"] = nil
  state["strange"] = sg.zeros(1)
  state["first.weight"] = sg.zeros(4, 2)
  state["rest.2.weight"] = 5
  local message = error_of(net.load_state_dict, net, state)
  lu.assertStrContains(message, "missing: scale")
  lu.assertStrContains(message, "unexpected: strange")
  lu.assertStrContains(message, "first.weight has shape [4, 2], expected [4, 3]")
  lu.assertStrContains(message, "rest.2.weight is 5, expected a tensor")
  lu.assertEquals(net.first.bias:totable(), before)
end

function TestState:testNotStrict()
  local net = Net(4)
  local missing, unexpected = net:load_state_dict({scale = sg.full(1, 9), other = sg.zeros(1)}, {strict = false})
  lu.assertEquals(net.scale:item(), 9)
  lu.assertEquals(unexpected, {"other"})
  lu.assertEquals(#missing, 8)
  local message = error_of(net.load_state_dict, net, {scale = sg.zeros(2)}, {strict = false})
  lu.assertStrContains(message, "scale has shape [2], expected [1]")
end

-- A state may share memory with the module it is loaded into, and a value that does not fit is found in time.
function TestState:testLoadReadsEverythingFirst()
  local net = nn.Module()
  net.a = nn.Parameter(sg.tensor({1, 2}))
  net.b = nn.Parameter(sg.tensor({3, 4}))
  local state = net:state_dict()
  net:load_state_dict({a = state.b, b = state.a})
  lu.assertEquals(net.a:totable(), {3, 4})
  lu.assertEquals(net.b:totable(), {1, 2})
end

-- An interrupt, an error at any instruction, leaves the module as it was.
function TestState:testInterruptedFunctionalCall()
  local layer = nn.Linear(1, 1)
  local weight, replacement, x = layer.weight, sg.ones(1, 1), sg.ones(1, 1)
  local done
  for instruction = 1, 2000 do
    done = support.interrupted(instruction, function()
      nn.functional_call(layer, {weight = replacement}, x)
    end)
    lu.assertTrue(rawequal(layer.weight, weight))
    if done then break end
  end
  lu.assertTrue(done)
end

function TestState:testFunctionalCall()
  local layer = nn.Linear(2, 1)
  local x = sg.tensor({{1, 2}})
  local y = nn.functional_call(layer, {weight = sg.tensor({{3, 4}}), bias = sg.tensor({5})}, x)
  lu.assertEquals(y:item(), 16)
  lu.assertNotEquals(layer.weight:totable(), {{3, 4}})
  local kept = layer.weight
  error_of(nn.functional_call, layer, {weight = sg.zeros(7, 7)}, x)
  lu.assertEquals(layer.weight:totable(), kept:totable())
  lu.assertStrContains(error_of(nn.functional_call, layer, {wait = x}, x), "nothing named \"wait\"")
end

function TestState:testGradcheckProvesParametersAndKeepsStatistics()
  local net = Net(3):to("f64")
  net(sg.randn(4, 3, {dtype = "f64"}))
  net.first.bias = nil -- the batch normalization behind it cancels it
  local before = net.rest[1].running_mean:totable()
  local report = sg.gradcheck(net, {sg.randn(4, 3, {dtype = "f64"})})
  lu.assertTrue(report.ok, tostring(report))
  lu.assertEquals(report.inputs["first.weight"].name, "first.weight (train)")
  lu.assertEquals(net.rest[1].running_mean:totable(), before)
  lu.assertEquals(net.rest[1].num_batches_tracked:item(), 1)
end

-- ---- Arguments ----------------------------------------------------------------------------------

TestArguments = {}

function TestArguments:testSurplusArguments()
  local x = sg.randn(2, 3)
  local own = Net(4)
  local selfless = nn.Module:extend("Selfless")()
  selfless.forward = function() return 1 end
  local cases = {
    {nn.ReLU, {{inplace = true}}, "ReLU: unexpected argument 1: a table, expected none"},
    {nn.Tanh, {5}, "Tanh: unexpected argument 1: 5"},
    {nn.Identity, {5}, "Identity: unexpected argument 1"},
    {nn.Dropout, {0.5, {inplace = true}}, "Dropout: unexpected argument 2: a table, expected at most 1"},
    {nn.Linear, {2, 3, {}, 4}, "Linear: unexpected argument 4: 4, expected at most 3"},
    {Net, {4, 5}, "Net: unexpected argument 2: 5"},
    {nn.BatchNorm1d(3), {x, nil, x}, "BatchNorm1d: unexpected argument 3: a tensor f32 [2, 3], expected at most 2"},
    {nn.Linear(3, 1), {x, 1}, "Linear: unexpected argument 2: 1"},
    {nn.Sequential(), {x, x}, "Sequential: unexpected argument 2"},
    {own, {x, "mask"}, "Net: unexpected argument 2: \"mask\""},
    {own.train, {own, true, 5}, "Net.train: unexpected argument 2: 5"},
    {selfless, {x}, "Selfless: the function takes no self; define it with a colon"},
    {own.parameters, {own, true}, "Net.parameters: unexpected argument 1: true, expected none"},
    {nn.Linear(1, 1).reset_parameters, {nn.Linear(1, 1), 1}, "Linear.reset_parameters: unexpected argument 1: 1"},
    {nn.Parameter, {x, 1}, "nn.Parameter: unexpected argument 2: 1"},
    {nn.init.zeros_, {x, 1}, "init.zeros_: unexpected argument 2: 1"},
    {nn.Module.extend, {nn.Module, "A", "B"}, "Module.extend: unexpected argument 3"},
    {nn.Linear.reset_parameters, {}, "Linear.reset_parameters: self is nil, expected a Linear"},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(case[1], table.unpack(case[2])), case[3])
  end
  lu.assertEquals(nn.ReLU(nil)(x, nil):totable(), x:relu():totable())
end

function TestArguments:testWrongArguments()
  local cases = {
    {nn.Linear, {}, "Linear: in_features is nil"},
    {nn.Linear, {3, 2.5}, "Linear: out_features is 2.5"},
    {nn.Linear, {3, 2, {bais = true}}, "Linear: unknown option 'bais', expected one of bias, dtype"},
    {nn.Linear, {3, 2, {bias = 1}}, "Linear: bias is 1, expected true or false"},
    {nn.Linear, {3, 2, {dtype = "i64"}}, "Linear: dtype is \"i64\""},
    {nn.Linear, {3, 2, 5}, "Linear: options are 5"},
    {nn.Conv2d, {1, 2, 0}, "Conv2d: kernel_size is 0"},
    {nn.Conv2d, {1, 2, {3, 3, 3}}, "Conv2d: kernel_size has 3 values, expected 2"},
    {nn.Conv2d, {1, 2, 3, {stride = 0}}, "Conv2d: stride is 0"},
    {nn.Conv2d, {1, 2, 3, {padding = -1}}, "Conv2d: padding is -1"},
    {nn.Conv2d, {3, 2, 3, {groups = 2}}, "Conv2d: groups is 2, expected a divisor"},
    {nn.Dropout, {2}, "Dropout: p is 2, expected a value in [0, 1]"},
    {nn.Dropout, {0 / 0}, "Dropout: p is"},
    {nn.MaxPool2d, {}, "MaxPool2d: kernel_size is missing"},
    {nn.Flatten, {{start_dim = 0}}, "Flatten: start_dim is 0"},
    {nn.CrossEntropyLoss, {5}, "CrossEntropyLoss: options are 5"},
    {nn.CrossEntropyLoss, {{reductoin = "sum"}}, "CrossEntropyLoss: unknown option 'reductoin'"},
    {nn.CrossEntropyLoss, {{reduction = "all"}},
      "CrossEntropyLoss: reduction is the string 'all', expected one of"},
    {nn.CrossEntropyLoss, {{weight = 5}}, "CrossEntropyLoss: buffer weight is 5, expected a tensor"},
    {nn.MSELoss, {{weight = sg.zeros(1)}}, "MSELoss: unknown option 'weight'"},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(case[1], table.unpack(case[2])), case[3])
  end
  lu.assertStrContains(error_of(nn.Flatten(), sg.zeros(3)), "flatten: ")
end

os.exit(lu.LuaUnit.run())
