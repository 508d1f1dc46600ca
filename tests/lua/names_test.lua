-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Names and options of the library: what is misspelt is an error that says what was meant, and what an op's
-- descriptor says of an option holds for the module that is made of the op.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of
local nn, optim, data = sg.nn, sg.optim, sg.data

-- ---- Names --------------------------------------------------------------------------------------

TestNames = {}

local function field(of, name)
  return function() return of[name] end
end

function TestNames:testOfTheLibrary()
  local cases = {
    {nn, "Conv2D", "nn has no 'Conv2D'; did you mean 'Conv2d'?"},
    {nn, "Squential", "nn has no 'Squential'; did you mean 'Sequential'?"},
    {nn, "init_", "nn has no 'init_'; did you mean 'init'?"},
    {nn.init, "kaiming_uniform", "nn.init has no 'kaiming_uniform'; did you mean 'kaiming_uniform_'?"},
    {optim, "Adamm", "optim has no 'Adamm'; did you mean 'Adam'?"},
    {optim, "sgd", "optim has no 'sgd'"},
    {data, "batchs", "data has no 'batchs'; did you mean 'batches'?"},
    {sg.json, "encod", "json has no 'encod'; did you mean 'encode'?"},
    {sg, "optm", "sg has no 'optm'; did you mean 'optim'?"},
  }
  for _, case in ipairs(cases) do
    local message = error_of(field(case[1], case[2]))
    lu.assertStrContains(message, case[3])
    lu.assertStrContains(message, "names_test.lua:")
  end
  lu.assertNil(nn[1])
  nn.Mine = nn.ReLU -- a name of one's own
  lu.assertEquals(nn.Mine, nn.ReLU)
  nn.Mine = nil
end

function TestNames:testOfObjects()
  local w = sg.zeros(2, {requires_grad = true})
  local optimizer = optim.SGD({w})
  local cases = {
    {optimizer, "stpe", "SGD has no 'stpe'; did you mean 'step'?"},
    {optimizer, "param_group", "SGD has no 'param_group'; did you mean 'param_groups'?"},
    {optim.AdamW({w}), "zero_grads", "AdamW has no 'zero_grads'; did you mean 'zero_grad'?"},
    {optim.StepLR(optimizer, 1), "state", "Scheduler has no 'state'"},
    {optim.StepLR(optimizer, 1), "stepp", "Scheduler has no 'stepp'; did you mean 'steps'?"},
    {data.TensorDataset(w), "gett", "TensorDataset has no 'gett'; did you mean 'get'?"},
    {data.loader(w), "batchess", "loader has no 'batchess'; did you mean 'batches'?"},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(field(case[1], case[2])), case[3]) end
  lu.assertNil(optimizer[1])
end

function TestNames:testOfStates()
  local net = nn.Linear(2, 1)
  local message = error_of(net.load_state_dict, net, {wieght = sg.zeros(1, 2), bias = sg.zeros(1)})
  lu.assertStrContains(message, "missing: weight\n  unexpected: wieght (did you mean 'weight'?)")
  message = error_of(nn.functional_call, net, {bais = sg.zeros(1)}, sg.zeros(2))
  lu.assertStrContains(message, "Linear has nothing named \"bais\"; did you mean 'bias'?")
end

function TestNames:testOfOptions()
  local w = sg.zeros(2, {requires_grad = true})
  local cases = {
    {nn.Linear, {2, 2, {bais = true}},
      "Linear: unknown option 'bais', expected one of bias, dtype; did you mean 'bias'?"},
    {nn.Conv2d, {1, 1, 1, {strid = 2}},
      "expected one of bias, dilation, dtype, groups, padding, padding_mode, stride; did you mean 'stride'?"},
    {nn.MaxPool2d, {2, {ceilmode = true}}, "MaxPool2d: unknown option 'ceilmode', expected one of ceil_mode,"},
    {nn.Dropout, {{q = 0.5}}, "Dropout: unknown option 'q', expected one of p"},
    {nn.BatchNorm1d, {2, {epss = 1}}, "did you mean 'eps'?"},
    {nn.CrossEntropyLoss, {{reductoin = "sum"}}, "did you mean 'reduction'?"},
    {nn.CrossEntropyLoss, {{reduction = "summ"}}, "did you mean 'sum'?"},
    {optim.SGD, {{w}, {momentun = 0.9}}, "did you mean 'momentum'?"},
    {data.batches, {w, {batchsize = 2}}, "did you mean 'batch_size'?"},
    {nn.init.kaiming_normal_, {sg.zeros(2, 2), {mode = "fan_inn"}}, "did you mean 'fan_in'?"},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(case[1], table.unpack(case[2])), case[3])
  end
end

-- The time of a definition does not grow with the number of ops there are. The eighth thousand took 15 times as
-- long as the first when each name was compared with all before it; 4 leaves room for a busy machine.
function TestNames:testManyOpsAreDefinedInLinearTime()
  local times = {}
  for block = 1, 8 do
    local start = os.clock()
    for i = 1, 1000 do
      sg.op {name = ("names_test_%d_%d"):format(block, i), forward = function(_, x) return x * 1 end}
    end
    times[block] = os.clock() - start
  end
  lu.assertTrue(math.min(times[6], times[7], times[8]) < 4 * times[1], table.concat(times, ", "))
end

-- ---- Options of ops -----------------------------------------------------------------------------

TestOptions = {}

-- Makes a module with one option of its op given, and where that option's value is found in the module.
local function field_of(module, name) return module[name] end
local function option_of(module, name) return module.options[name] end
local made_of_ops = {
  {op = "dropout", make = nn.Dropout, read = field_of},
  {op = "alpha_dropout", make = nn.AlphaDropout, read = field_of},
  {op = "batch_norm", make = function(options) return nn.BatchNorm1d(2, options) end, read = field_of},
  {op = "flatten", make = nn.Flatten, own = {start_dim = 2}, read = field_of},
  {op = "conv1d", make = function(options) return nn.Conv1d(4, 4, 1, options) end, read = option_of},
  {op = "conv2d", make = function(options) return nn.Conv2d(4, 4, 1, options) end, read = option_of},
  {op = "conv_transpose3d", make = function(options) return nn.ConvTranspose3d(4, 4, 1, options) end,
    read = option_of},
  {op = "max_pool2d", make = function(options) return nn.MaxPool2d(2, options) end, read = field_of,
    own = {stride = {2}, kernel_size = {2}}},
  {op = "avg_pool2d", make = function(options) return nn.AvgPool2d(2, options) end, read = field_of,
    own = {stride = {2}, kernel_size = {2}}},
  {op = "im2col", make = function(options) return nn.Unfold(2, options) end, read = field_of,
    own = {kernel_size = {2}}},
  {op = "cross_entropy", make = nn.CrossEntropyLoss, read = option_of},
  {op = "mse_loss", make = nn.MSELoss, read = option_of},
  {op = "huber_loss", make = nn.HuberLoss, read = option_of},
  {op = "kl_div", make = nn.KLDivLoss, read = option_of},
  {op = "nll_loss", make = nn.NLLLoss, read = option_of},
  {op = "poisson_nll_loss", make = nn.PoissonNLLLoss, read = option_of},
  {op = "gaussian_nll_loss", make = nn.GaussianNLLLoss, read = option_of},
  {op = "multi_margin_loss", make = nn.MultiMarginLoss, read = option_of},
}

-- A list of one size may have become one for each dimension.
local function same(value, expected)
  if type(expected) ~= "table" then return value == expected end
  for _, item in ipairs(value) do
    if item ~= expected[1] then return false end
  end
  return #value > 0
end

function TestOptions:testDefaultsAreThoseOfTheDescriptor()
  for _, case in ipairs(made_of_ops) do
    local module = case.make()
    for _, attribute in ipairs(sg.op_info(case.op).attributes) do
      local expected = (case.own or {})[attribute.name]
      if expected == nil then expected = attribute.default end
      lu.assertTrue(same(case.read(module, attribute.name), expected), case.op .. ": " .. attribute.name)
    end
  end
end

function TestOptions:testRangesAreThoseOfTheDescriptor()
  local tried = 0
  for _, case in ipairs(made_of_ops) do
    for _, attribute in ipairs(sg.op_info(case.op).attributes) do
      local bad
      if attribute.minimum and attribute.name ~= "kernel_size" then
        bad = attribute.above_minimum and attribute.minimum or attribute.minimum - 1
      elseif attribute.choices then
        bad = "none of these"
      elseif attribute.type == "boolean" or attribute.type == "dimension" then
        bad = "text"
      end
      if attribute.minimum and attribute.type ~= "number" and bad then bad = math.tointeger(bad) end
      if bad then
        tried = tried + 1
        local message = error_of(case.make, {[attribute.name] = bad})
        lu.assertStrContains(message, ": " .. attribute.name .. " is ")
        lu.assertStrContains(message, case.make().class_name .. ": ")
      end
    end
  end
  lu.assertTrue(tried >= 12, tried)
end

function TestOptions:testFieldsAreReadAtEachCall()
  local layer = nn.Dropout({p = 0.25})
  lu.assertEquals(layer.p, 0.25)
  layer.p = 0
  local x = sg.ones(100)
  lu.assertEquals(layer(x):totable(), x:totable())
  layer.p = 2
  lu.assertStrContains(error_of(layer, x), "dropout: p is 2")
  lu.assertEquals(layer:eval()(x), x)
end

function TestOptions:testListsAndNumbers()
  local cases = {
    {2, "kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1), ceil_mode=false"},
    {{3, 2}, {padding = 1, ceil_mode = true},
      "kernel_size=(3, 2), stride=(3, 2), padding=(1, 1), dilation=(1, 1), ceil_mode=true"},
    {3, {stride = {2, 1}}, "kernel_size=(3, 3), stride=(2, 1), padding=(0, 0), dilation=(1, 1), ceil_mode=false"},
  }
  for _, case in ipairs(cases) do
    local text = table.remove(case)
    lu.assertEquals(tostring(nn.MaxPool2d(table.unpack(case))), "MaxPool2d(" .. text .. ")")
  end
  lu.assertEquals(nn.MaxPool2d(2, {ceil_mode = true})(sg.zeros(1, 1, 3, 3)).shape, {1, 1, 2, 2})
  local refused = {
    {nn.MaxPool2d, {{1, 2, 3}}, "MaxPool2d: kernel_size has 3 values, expected 1 or 2"},
    {nn.MaxPool2d, {2, {kernel_size = 3}}, "MaxPool2d: kernel_size is given twice"},
    {nn.Conv2d, {1, 1, 1, {padding = {1, 2, 3}}}, "Conv2d: padding has 3 values, expected 1 or 2"},
    {nn.Conv2d, {1, 1, 1, {padding = {}}}, "Conv2d: padding has 0 values, expected 1 or 2"},
  }
  for _, case in ipairs(refused) do
    lu.assertStrContains(error_of(case[1], table.unpack(case[2])), case[3])
  end
end

-- ---- Modules within modules ---------------------------------------------------------------------

TestDepth = {}

-- Printing stops at a depth nobody reads; everything else goes through all of it.
function TestDepth:testManyModulesInsideEachOther()
  local depth = 5000
  local net = nn.Linear(1, 1)
  for _ = 1, depth do net = nn.Sequential(net) end
  lu.assertEquals(#net:modules(), depth + 1)
  lu.assertEquals(#net:parameters(), 2)
  local text = tostring(net)
  lu.assertStrContains(text, "(0): Sequential(...)")
  lu.assertTrue(#text < 1e5)
  local shallow = nn.Linear(1, 1)
  for _ = 1, 100 do shallow = nn.Sequential(shallow) end
  lu.assertStrContains(tostring(shallow), "(0): Linear(in_features=1, out_features=1, bias=true)")
end

os.exit(lu.LuaUnit.run())
