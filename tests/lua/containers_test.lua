-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict, the places of children, and what a plain
-- table would hide.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, names_of, sorted_keys = support.error_of, support.names_of, support.sorted_keys
local nn = sg.nn

-- y = factor * x + shift, so that the order of a chain shows in its value.
local Affine = nn.Module:extend("Affine")
function Affine:init(factor, shift)
  self.factor = nn.Parameter(sg.tensor(factor))
  self.shift = shift
end
function Affine:forward(x) return x * self.factor + self.shift end

local function value_of(model) return model(sg.tensor(1)):item() end

-- ---- Places -------------------------------------------------------------------------------------

TestPlaces = {}

function TestPlaces:testReplacedChildKeepsItsPlace()
  local model = nn.Sequential(Affine(2, 1), Affine(10, 0), Affine(1, 5)) -- ((2 x + 1) 10) + 5
  lu.assertEquals(value_of(model), 35)
  model["0"] = Affine(3, 1)
  lu.assertEquals(value_of(model), 45)
  model[2] = Affine(100, 0)
  lu.assertEquals(value_of(model), 405)
  model[-1] = Affine(1, 7)
  lu.assertEquals(value_of(model), 407)
  lu.assertEquals(names_of(model:named_parameters()), {"0.factor", "1.factor", "2.factor"})
end

function TestPlaces:testReplacedParameterAndBufferKeepTheirPlaces()
  local net = nn.Module()
  net.a = nn.Parameter(sg.zeros(1))
  net.b = nn.Parameter(sg.zeros(2))
  net:register_buffer("c", sg.zeros(1))
  net:register_buffer("d", sg.zeros(2))
  net.a = nn.Parameter(sg.ones(3))
  net.c = sg.ones(4)
  lu.assertEquals(names_of(net:named_parameters()), {"a", "b"})
  lu.assertEquals(net:parameters()[1].shape, {3})
  lu.assertEquals(names_of(net:named_buffers()), {"c", "d"})
end

function TestPlaces:testAnyModuleTakesAnotherAtAPosition()
  local Net = nn.Module:extend("Net")
  function Net:init()
    self.first = Affine(1, 0)
    self.second = Affine(1, 1)
  end
  local net = Net()
  net[2] = nn.ReLU()
  lu.assertEquals(names_of(net:named_children()), {"first", "second"})
  lu.assertEquals(net.second.class_name, "ReLU")
  lu.assertEquals(net[4 / 2], net.second)
  lu.assertStrContains(error_of(function() net[3] = nn.ReLU() end), "Net: position 3 is outside 1..2")
end

function TestPlaces:testAppendOverwritesNothing()
  local model = nn.Sequential(Affine(2, 0), Affine(3, 0), Affine(5, 0))
  model["0"] = nil
  model:append(Affine(7, 0))
  lu.assertEquals(#model, 3)
  lu.assertEquals(value_of(model), 3 * 5 * 7)
  model[1] = nil
  lu.assertEquals(names_of(model:named_children()), {"0", "1"})
  model:append(Affine(11, 0))
  lu.assertEquals(value_of(model), 5 * 7 * 11)
end

function TestPlaces:testRefusedAssignmentsChangeNothing()
  local model = nn.Sequential(Affine(2, 1), Affine(10, 0))
  local cases = {
    {function() model[1] = 5 end, "Sequential: element 1 is 5, expected a module"},
    {function() model["0"] = 5 end, "Sequential: 0 is a module, assigned 5, expected a module or nil"},
    {function() model[4] = nn.ReLU() end, "position 4 is outside 1..2"},
    {function() model[1].factor = sg.zeros(1) end, "factor is a parameter, assigned a tensor f32 [1], expected"},
    {function() model:register_module("forward", nn.ReLU()) end, "taken"},
    {function() model:register_module("training", nn.ReLU()) end, "taken"},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(case[1]), case[2]) end
  lu.assertEquals(value_of(model), 30)
  lu.assertTrue(model.training)
end

-- ---- Lists --------------------------------------------------------------------------------------

TestLists = {}

local function factors(list)
  local found = {}
  for i, module in ipairs(list) do found[i] = module.factor:item() end
  return found
end

function TestLists:testModuleList()
  local list = nn.ModuleList({Affine(1, 0), Affine(2, 0)})
  lu.assertEquals(#list, 2)
  lu.assertEquals(list:append(Affine(3, 0)), list)
  lu.assertEquals(list:extend({Affine(4, 0), Affine(5, 0)}), list)
  lu.assertEquals(factors(list), {1, 2, 3, 4, 5})
  list:insert(1, Affine(0, 0))
  list:insert(-1, Affine(4.5, 0))
  lu.assertEquals(factors(list), {0, 1, 2, 3, 4, 4.5, 5})
  lu.assertEquals(list:pop().factor:item(), 5)
  lu.assertEquals(list:pop(2).factor:item(), 1)
  lu.assertEquals(factors(list), {0, 2, 3, 4, 4.5})
  list[#list + 1] = Affine(6, 0)
  list[1] = Affine(-1, 0)
  lu.assertEquals(factors(list), {-1, 2, 3, 4, 4.5, 6})
  lu.assertEquals(list[-1].factor:item(), 6)
  lu.assertNil(list[7])
  lu.assertNil(list[0])
  list[3] = nil
  lu.assertEquals(factors(list), {-1, 2, 4, 4.5, 6})
  lu.assertEquals(names_of(list:named_parameters()), {"0.factor", "1.factor", "2.factor", "3.factor", "4.factor"})
  lu.assertEquals(sorted_keys(list:state_dict()), {"0.factor", "1.factor", "2.factor", "3.factor", "4.factor"})
  local count = 0
  for i, module in pairs(list) do
    count = count + 1
    lu.assertEquals(module, list[i])
  end
  lu.assertEquals(count, 5)
  lu.assertStrContains(error_of(list, sg.zeros(1)), "ModuleList: the class has no forward")
end

-- Emptying from the end takes a time that grows with the length: 5000 elements take 20 ms, and took 7 s when every
-- removal counted all names again.
function TestLists:test_a_long_list_is_emptied_in_linear_time()
  local list, module = nn.ModuleList(), nn.Tanh()
  for _ = 1, 5000 do list:append(module) end
  local started = os.clock()
  for i = 5000, 2, -1 do list[i] = nil end
  lu.assertTrue(os.clock() - started < 2)
  lu.assertEquals(#list, 1)
  lu.assertIs(list[1], module)
  lu.assertIs(list:append(nn.ReLU())["0"], module)
end

function TestLists:testListsInsideModules()
  local Net = nn.Module:extend("Net")
  function Net:init()
    self.layers = nn.ModuleList(nn.Linear(2, 3), nn.Linear(3, 1))
    self.scales = nn.ParameterList({sg.ones(3), sg.ones(1)})
  end
  function Net:forward(x)
    for i, layer in ipairs(self.layers) do x = layer(x) * self.scales[i] end
    return x
  end
  local net = Net()
  lu.assertEquals(names_of(net:named_parameters()),
    {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "scales.0", "scales.1"})
  lu.assertTrue(sg.gradcheck(net, {sg.randn(4, 2)}).ok)
  net:to("f64")
  lu.assertEquals(net.scales[2].dtype, "f64")
  lu.assertStrContains(tostring(net), "ParameterList((0): f64 [3], (1): f64 [1])")
end

function TestLists:testParameterList()
  local first = nn.Parameter(sg.zeros(1))
  local list = nn.ParameterList(first, sg.zeros(2))
  list:append(sg.zeros(3)):extend(nn.ParameterList(sg.zeros(4)))
  list:insert(2, sg.zeros(9))
  lu.assertEquals(#list, 5)
  lu.assertEquals(list[1], first)
  for i, size in ipairs {1, 9, 2, 3, 4} do lu.assertEquals(list[i].shape, {size}) end
  for _, parameter in ipairs(list) do lu.assertTrue(parameter.requires_grad) end
  list[2] = sg.zeros(8)
  lu.assertEquals(list:pop(2).shape, {8})
  lu.assertEquals(names_of(list:named_parameters()), {"0", "1", "2", "3"})
  lu.assertEquals(#list:parameters(), 4)
end

function TestLists:testSubclasses()
  local Residual = nn.Sequential:extend("Residual")
  function Residual:forward(x) return nn.Sequential.forward(self, x) + x end
  lu.assertEquals(value_of(Residual(Affine(2, 0), Affine(3, 0))), 7)
  lu.assertEquals(tostring(Residual()), "Residual()")
  local Blocks = nn.ModuleList:extend("Blocks")
  local blocks = Blocks({nn.ReLU()}):extend({nn.Tanh()})
  lu.assertEquals(#blocks, 2)
  for i in pairs(blocks) do lu.assertTrue(i == 1 or i == 2) end
end

function TestLists:testRefused()
  local list = nn.ModuleList(nn.ReLU())
  local cases = {
    {nn.ModuleList, {{nn.ReLU(), 5}}, "ModuleList: element 2 is 5, expected a module"},
    {nn.ModuleList, {{a = nn.ReLU()}}, "ModuleList: list has the key 'a', expected a list"},
    {nn.Sequential, {nn.Tanh}, "Sequential: argument 1 is a class Tanh, expected a module"},
    {nn.ModuleList, {{nn.Tanh}}, "ModuleList: element 1 is a class Tanh, expected a module"},
    {nn.ModuleList, {5}, "ModuleList: argument 1 is 5, expected a module"},
    {nn.ParameterList, {{nn.ReLU()}}, "ParameterList: element 1 is a ReLU, expected a tensor"},
    {list.append, {list, {}}, "ModuleList: argument is a table, expected a module"},
    {list.append, {list, nn.ReLU(), nn.ReLU()}, "ModuleList.append: unexpected argument 2: a ReLU"},
    {list.extend, {list, nn.ReLU()}, "ModuleList: list is a ReLU, expected a list or a ModuleList"},
    {list.extend, {list, 3}, "ModuleList: list is 3, expected a list"},
    {list.extend, {list, {nn.Tanh(), 5}}, "ModuleList: element 2 is 5"},
    {list.insert, {list, 3, nn.ReLU()}, "ModuleList.insert: position 3 is outside 1..2"},
    {list.insert, {list, 1}, "the element is nil, expected a module"},
    {list.pop, {list, 2}, "ModuleList.pop: position 2 is outside 1..1"},
    {list.pop, {list, "x"}, "position \"x\""},
    {nn.ModuleList().pop, {nn.ModuleList()}, "position -1 is outside 1..0"},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(case[1], table.unpack(case[2])), case[3]) end
  lu.assertEquals(#list, 1)
end

-- ---- Dicts --------------------------------------------------------------------------------------

TestDicts = {}

function TestDicts:testModuleDict()
  local dict = nn.ModuleDict({conv = Affine(1, 0), act = nn.ReLU()})
  lu.assertEquals(dict:keys(), {"act", "conv"})
  dict.extra = Affine(2, 0)
  dict["act"] = nn.Tanh()
  lu.assertEquals(dict:keys(), {"act", "conv", "extra"})
  lu.assertEquals(dict.act.class_name, "Tanh")
  dict:update({{"z", Affine(3, 0)}, {"b", Affine(4, 0)}})
  lu.assertEquals(dict:keys(), {"act", "conv", "extra", "z", "b"})
  lu.assertEquals(#dict, 5)
  lu.assertEquals(dict:values()[5], dict.b)
  lu.assertEquals(names_of(dict:items()), dict:keys())
  for name, module in pairs(dict) do lu.assertEquals(module, dict[name]) end
  lu.assertEquals(names_of(dict:named_parameters()), {"conv.factor", "extra.factor", "z.factor", "b.factor"})
  lu.assertEquals(sorted_keys(dict:state_dict()), {"b.factor", "conv.factor", "extra.factor", "z.factor"})
  local conv = dict.conv
  lu.assertEquals(dict:pop("conv"), conv)
  lu.assertNil(dict.conv)
  lu.assertEquals(nn.ModuleDict(dict):keys(), {"act", "extra", "z", "b"})
  dict:clear()
  lu.assertEquals(#dict, 0)
  dict:eval()
  lu.assertFalse(dict.training)
end

function TestDicts:testParameterDict()
  local dict = nn.ParameterDict({w = sg.zeros(2)})
  dict.v = sg.zeros(3)
  dict.v = sg.zeros(4)
  lu.assertEquals(names_of(dict:named_parameters()), {"w", "v"})
  lu.assertTrue(dict.v.requires_grad)
  lu.assertEquals(dict.v.shape, {4})
  lu.assertEquals(tostring(dict), "ParameterDict((w): f32 [2], (v): f32 [4])")
end

function TestDicts:testRefused()
  local dict = nn.ModuleDict({a = nn.ReLU()})
  local cases = {
    {function() dict:pop("b") end, "ModuleDict.pop: there is no element \"b\""},
    {function() dict:pop() end, "there is no element nil"},
    {function() dict:update(5) end, "ModuleDict: the elements are 5, expected a table by name"},
    {function() dict:update({b = nn.ReLU(), c = 5}) end, "ModuleDict: c is 5, expected a module"},
    {function() dict:update({{"b"}}) end, "element 1 is a table, expected {name, value}"},
    {function() dict:update({keys = nn.ReLU()}) end, "the name \"keys\" is taken"},
    {function() dict:update({["x.y"] = nn.ReLU()}) end, "without dots"},
    {function() dict.b = 5 end, "ModuleDict: b is 5, expected a module"},
    {function() nn.ModuleDict(nn.ReLU()) end, "the elements are a ReLU"},
    {function() nn.ParameterDict({w = 5}) end, "ParameterDict: w is 5, expected a tensor"},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(case[1]), case[2]) end
  lu.assertEquals(dict:keys(), {"a"})
end

-- ---- Plain tables -------------------------------------------------------------------------------

TestHidden = {}

function TestHidden:testPlainTablesAreRefused()
  local net = nn.Module()
  local deep = {blocks = {{}, {nn.ReLU()}}}
  local message = error_of(function() net.layers = {nn.Linear(1, 1)} end)
  lu.assertStrContains(message, "Module: layers[1] is a module in a plain table")
  for _, name in ipairs {"nn.ModuleList", "nn.ModuleDict", "nn.ParameterList"} do
    lu.assertStrContains(message, name)
  end
  lu.assertStrContains(error_of(function() net.deep = deep end), "deep.blocks[2][1] is a module")
  lu.assertStrContains(error_of(function() net.w = {scale = nn.Parameter(sg.ones(1))} end),
    "w.scale is a parameter in a plain table")
  lu.assertStrContains(error_of(function() net.set = {[nn.ReLU()] = true} end), "a module in a plain table")
  lu.assertNil(net.layers)
  local loop = {1, 2}
  loop.loop = loop
  net.loop = loop
  net.sizes = {1, {2, 3}}
  net.weak = setmetatable({nn.ReLU()}, {__mode = "v"})
  lu.assertEquals(#net:parameters(), 0)
end

function TestHidden:testTablesFilledLaterAreNoticed()
  local Net = nn.Module:extend("Net")
  function Net:init(count)
    self.layers = {}
    for i = 1, count do self.layers[i] = nn.Linear(1, 1) end
  end
  local net = nn.Sequential(Net(2))
  for _, method in ipairs {"parameters", "named_parameters", "state_dict", "modules", "named_modules", "eval"} do
    lu.assertStrContains(error_of(net[method], net), "Net: layers[1] is a module in a plain table")
  end
  lu.assertStrContains(error_of(net.to, net, "f64"), "Net: layers[1] is a module in a plain table")
  lu.assertStrContains(error_of(net.apply, net, print), "Net: layers[1] is a module in a plain table")
  lu.assertEquals(#nn.Sequential(Net(0)):parameters(), 0)
end

function TestHidden:testClassesHoldNone()
  local Net = nn.Module:extend("Net")
  local function refusal(value)
    return error_of(function() Net.field = value end)
  end
  lu.assertStrContains(refusal(nn.ReLU()), "Net: field is a module in the class, where parameters(), to() and ")
  lu.assertStrContains(refusal(nn.Parameter(sg.ones(1))), "Net: field is a parameter in the class")
  lu.assertStrContains(refusal({nn.ReLU()}), "Net: field[1] is a module in a plain table")
  Net.sizes = {1, 2}
  lu.assertEquals(Net().sizes, {1, 2})
  lu.assertNil(Net().field)
end

-- ---- Cycles -------------------------------------------------------------------------------------

TestCycles = {}

function TestCycles:testEverythingEnds()
  local a, b = nn.Module:extend("A")(), nn.Module:extend("B")()
  a.w, b.w = nn.Parameter(sg.ones(1)), nn.Parameter(sg.ones(2))
  a.b = b
  b.a = a
  a.me = a
  lu.assertEquals(tostring(a), "A(\n  (b): B(\n    (a): A(...)\n  )\n  (me): A(...)\n)")
  lu.assertEquals(sorted_keys(a:state_dict()), {"b.w", "w"})
  lu.assertEquals(#a:parameters(), 2)
  lu.assertEquals(#a:modules(), 2)
  a:load_state_dict(a:state_dict())
  a:eval()
  lu.assertFalse(b.training)
  a:to("f64")
  lu.assertEquals(b.w.dtype, "f64")
  a:requires_grad_(false):zero_grad()
  local visited = 0
  a:apply(function() visited = visited + 1 end)
  lu.assertEquals(visited, 2)
end

os.exit(lu.LuaUnit.run())
