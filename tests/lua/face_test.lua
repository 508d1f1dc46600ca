-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The whole face for Lua, function by function, whatever there is: no argument that a function does not know is
-- ever ignored, and what is wrong is told at the line of the caller, not by an error inside the library.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local nn, optim, data = sg.nn, sg.optim, sg.data

local here = "face_test.lua:"

-- ---- Everything that can be called --------------------------------------------------------------

local function images() return sg.ones(2, 3, 4, 4) end
local function rows() return sg.ones(4, 3) end
local function lines() return sg.ones(2, 3, 4) end
local function volumes() return sg.ones(2, 3, 2, 2, 2) end

-- How each class of sg.nn is made, and what it is called with; nil for what cannot be called.
local classes = {
  Module = {{}},
  Sequential = {{nn.ReLU()}, rows}, ModuleList = {{nn.ReLU()}}, ModuleDict = {{{a = nn.ReLU()}}},
  ParameterList = {{sg.ones(1)}}, ParameterDict = {{{a = sg.ones(1)}}},
  Linear = {{3, 2, {}}, rows}, Bilinear = {{3, 3, 2, {}}}, PReLU = {{1, {}}, rows},
  Conv1d = {{3, 2, 3, {}}, lines}, Conv2d = {{3, 2, 3, {}}, images}, Conv3d = {{3, 2, 2, {}}, volumes},
  ConvTranspose1d = {{3, 2, 3, {}}, lines}, ConvTranspose2d = {{3, 2, 3, {}}, images},
  ConvTranspose3d = {{3, 2, 3, {}}, volumes},
  MaxPool1d = {{2, {}}, lines}, MaxPool2d = {{2, {}}, images}, MaxPool3d = {{2, {}}, volumes},
  AvgPool1d = {{2, {}}, lines}, AvgPool2d = {{2, {}}, images}, AvgPool3d = {{2, {}}, volumes},
  AdaptiveMaxPool1d = {{1, {}}, lines}, AdaptiveMaxPool2d = {{1, {}}, images},
  AdaptiveMaxPool3d = {{1, {}}, volumes}, AdaptiveAvgPool1d = {{1, {}}, lines},
  AdaptiveAvgPool2d = {{1, {}}, images}, AdaptiveAvgPool3d = {{1, {}}, volumes},
  LPPool1d = {{2, 2, {}}, lines}, LPPool2d = {{2, 2, {}}, images},
  MaxUnpool1d = {{2, {}}}, MaxUnpool2d = {{2, {}}}, MaxUnpool3d = {{2, {}}},
  Unfold = {{2, {}}, images}, Fold = {{2, 1, {}}, lines}, Upsample = {{{size = 3}}, images},
  BatchNorm1d = {{3, {}}, rows}, BatchNorm2d = {{3, {}}, images},
  BatchNorm3d = {{3, {}}, volumes},
  LayerNorm = {{3, {}}, rows}, RMSNorm = {{3, {}}, rows}, GroupNorm = {{3, 3, {}}, images},
  InstanceNorm1d = {{3, {}}, lines}, InstanceNorm2d = {{3, {}}, images},
  InstanceNorm3d = {{3, {}}, volumes},
  Identity = {{}}, Dropout = {{0.5}, rows}, Dropout1d = {{0.5}, lines}, Dropout2d = {{0.5}, images},
  Dropout3d = {{0.5}, volumes}, AlphaDropout = {{0.5}, rows}, FeatureAlphaDropout = {{0.5}, rows},
  LocalResponseNorm = {{2, {}}, images},
  Flatten = {{{}}, rows}, GLU = {{{}}, function() return sg.ones(2, 4) end},
  CosineSimilarity = {{{}}}, PairwiseDistance = {{{}}},
  RNN = {{4, 2, {}}, lines}, GRU = {{4, 2, {}}, lines}, LSTM = {{4, 2, {}}},
  RNNCell = {{3, 2, {}}, rows}, GRUCell = {{3, 2, {}}, rows}, LSTMCell = {{3, 2, {}}},
  PixelShuffle = {{1}, images}, PixelUnshuffle = {{1}, images}, ChannelShuffle = {{3}, images},
}

-- Losses take options; activations options or nothing.
local losses = require "selenograd.nn.loss"
for name in pairs(losses) do classes[name] = {{{}}} end
for name, class in pairs(require "selenograd.nn.activation") do
  classes[name] = classes[name] or {rawget(class, "init") and {{}} or {}, rows}
end

local function parameter() return sg.ones(2, {requires_grad = true}) end

local function new_optimizer(name) return optim[name]({parameter()}, {}) end

-- An instance of a class of sg.nn.
local function new_module(name)
  lu.assertNotNil(classes[name], "nn." .. name .. " is new: say here how it is made")
  return nn[name](table.unpack(classes[name][1]))
end

local function is_class(value) return type(value) == "table" and rawget(value, "instance_metatable") ~= nil end

-- The methods of a class and of those it inherits from.
local function methods_of(class)
  local found = {}
  while class do
    for name, value in pairs(class) do
      if type(value) == "function" and not name:match("^__") and not found[name] then found[name] = value end
    end
    local meta = getmetatable(class)
    class = type(meta) == "table" and type(meta.__index) == "table" and meta.__index or nil
  end
  return found
end

-- Those that take any number of arguments; each looks after them itself, see below.
local variadic = {}
for _, name in ipairs {
  "sg.zeros", "sg.ones", "sg.rand", "sg.randn", "sg.randint", "sg.no_grad", "sg.enable_grad",
  "sg.checkpoint", "sg.detect_anomaly", "sg.new_zeros", "sg.new_ones", "x:new_zeros", "x:new_ones",
  "sg.tidy", "sg.keep",
  "nn.functional_call", "nn.ModuleList", "nn.ParameterList", "nn.Sequential", "data.batches",
  "data.TensorDataset", "data.standardize", "Identity:forward", "Sequential:init", "ModuleList:init",
  "ParameterList:init", "Sequential:extend", "ModuleList:extend", "ParameterList:extend",
  "Module:forward", "ModuleList:forward", "ModuleDict:forward", "ParameterList:forward", "ParameterDict:forward",
} do
  variadic[name] = true
end
for name in pairs(losses) do variadic[name .. ":forward"] = true end

local is_op = {view = true} -- another name of reshape
for _, name in ipairs(sg.ops()) do is_op[name] = true end
local function is_name_of_op(f) -- by another name
  for name in pairs(is_op) do
    if f == sg[name] then return true end
  end
end

-- visit(label, function, self or nil) for all but ops.
local function each_function(visit)
  local function visit_table(prefix, functions)
    for name, value in pairs(functions) do
      local of_op = prefix == "sg." and (is_op[name] or is_name_of_op(value))
      if type(value) == "function" and not of_op then visit(prefix .. name, value) end
    end
  end
  visit_table("sg.", sg)
  visit("sg.op", sg.op)
  visit("sg.manual", sg.manual)
  visit_table("json.", sg.json)
  visit_table("testing.", sg.testing)
  visit_table("nn.", nn)
  visit_table("init.", nn.init)
  visit_table("optim.", optim)
  visit_table("data.", data)
  for name, value in pairs(sg.methods) do
    if not is_op[name] and not is_op[name:match("^(.*)_$")] and not is_name_of_op(value) then
      visit("x:" .. name, value, sg.ones(2))
    end
  end
  visit("x:to_", sg.methods.to_, sg.ones(2))
  for name, class in pairs(nn) do
    if is_class(class) then
      for method, value in pairs(methods_of(class)) do
        visit(name .. ":" .. method, value, method == "extend" and class or new_module(name))
      end
    end
  end
  for name, class in pairs(optim) do
    if type(class) == "table" then
      for method, value in pairs(methods_of(class)) do
        if method ~= "start" and method ~= "update" and method ~= "check" then -- called by step alone
          visit(name .. ":" .. method, value, new_optimizer(name))
        end
      end
    end
  end
  local dataset = data.TensorDataset(rows())
  for method, value in pairs(methods_of(getmetatable(dataset))) do visit("dataset:" .. method, value, dataset) end
  local loader = data.loader(dataset, {})
  for method, value in pairs(methods_of(getmetatable(loader))) do visit("loader:" .. method, value, loader) end
  local scheduler = optim.StepLR(new_optimizer("SGD"), 1, {})
  for method, value in pairs(methods_of(getmetatable(scheduler))) do
    visit("scheduler:" .. method, value, scheduler)
  end
end

-- ---- Surplus arguments --------------------------------------------------------------------------

TestSurplus = {}

-- More arguments than any function names. They are counted before anything else is looked at.
local many = {}
for i = 1, 40 do many[i] = true end

function TestSurplus:testFunctionsAndMethods()
  local ignored, count = {}, 0
  each_function(function(label, f, self)
    if variadic[label] then return end
    local first = self == nil and true or self
    local ok, message = pcall(f, first, table.unpack(many))
    count = count + 1
    if ok or not tostring(message):find("unexpected argument", 1, true) or not message:find(here, 1, true) then
      ignored[#ignored + 1] = label .. ": " .. tostring(message)
    end
  end)
  lu.assertEquals(ignored, {})
  lu.assertTrue(count > 300)
end

-- What makes one call of an op complete: the tensors of its first sample, then the options.
local function op_arguments(name)
  local sample = sg.op_sample(name, 1, 0)
  local list = {}
  for i, input in ipairs(sample.inputs) do list[i] = input or nil end
  local count = #sample.inputs
  local inputs = sg.op_info(name).inputs
  if #inputs > 0 and inputs[#inputs].variadic then
    local first = #inputs
    list[first] = table.move(sample.inputs, first, count, 1, {})
    count = first
    for i = first + 1, #sample.inputs do list[i] = nil end
  end
  list[count + 1] = sample.options
  return list, count + 1
end

function TestSurplus:testOps()
  for _, name in ipairs(sg.ops()) do
    local list, count = op_arguments(name)
    sg[name](table.unpack(list, 1, count))
    list[count + 3] = "more"
    sg[name](table.unpack(list, 1, count + 2)) -- nil at the end is as good as absent
    local ok, message = pcall(sg[name], table.unpack(list, 1, count + 3))
    lu.assertFalse(ok, name)
    lu.assertStrContains(message, here)
    lu.assertStrContains(message, name .. ": unexpected argument " .. count + 3 .. ": the string 'more'")
  end
end

function TestSurplus:testConstructors()
  for name, class in pairs(nn) do
    if is_class(class) and not variadic[name .. ":init"] then
      local list = table.move(assert(classes[name])[1], 1, 9, 1, {})
      local ok, message = pcall(class, table.unpack(list, 1, 9))
      lu.assertTrue(ok, message)
      list[10] = "more"
      ok, message = pcall(class, table.unpack(list, 1, 10))
      lu.assertFalse(ok, name)
      lu.assertStrContains(message, name .. ": unexpected argument 10: \"more\"")
    end
  end
end

function TestSurplus:testCallsOfModules()
  for name, class in pairs(classes) do
    if class[2] then
      local module, x = new_module(name), class[2]()
      module(x, nil, nil)
      local ok, message = pcall(module, x, nil, "mask")
      lu.assertFalse(ok, name)
      lu.assertStrContains(message, name .. ": unexpected argument 3: \"mask\"")
    end
  end
end

function TestSurplus:testThoseThatTakeAnyNumber()
  local x = rows()
  local cases = {
    {sg.ones, {{2}, 5}}, {sg.randn, {2, "x"}},
    {sg.randint, {1, 5, {2}, 5}}, {sg.randint, {1, 5, 2, 2, {dtype = "i64"}}},
    {x.backward, {x, {}, 5}}, {sg.keep, {x, 5}}, {data.batches, {x, {}, 5}}, {data.standardize, {x, {}, 5}},
    {data.TensorDataset, {x, 5}}, {nn.CrossEntropyLoss(), {x, x, nil, 5}}, {nn.MSELoss(), {x, x, 5}},
    {nn.functional_call, {nn.ReLU(), {}, x, 5}}, {nn.Sequential, {nn.ReLU(), 5}}, {nn.ModuleList, {{}, 5}},
    {nn.ParameterList, {x, 5}}, {nn.ModuleList, {nn.ReLU(), 5}}, {nn.ModuleList.extend, {nn.ModuleList, "A", 5}},
    {nn.ModuleList().extend, {nn.ModuleList(), {}, 5}}, {optim.SGD, {{parameter()}, {}, 5}},
  }
  for i, case in ipairs(cases) do
    local ok, message = pcall(case[1], table.unpack(case[2], 1, 9))
    lu.assertFalse(ok, "case " .. i)
    lu.assertStrContains(message, here)
  end
end

-- ---- Wrong arguments ----------------------------------------------------------------------------

TestWrong = {}

local function nothing() end

-- A complete call of what needs one; everything else begins with nothing.
local complete = {
  ["sg.tensor"] = {{1, 2}, {}}, ["sg.zeros"] = {2, 3, {}}, ["sg.ones"] = {2, 3, {}}, ["sg.full"] = {{2}, 1, {}},
  ["sg.eye"] = {2, 3, {}}, ["sg.arange"] = {1, 5, 1, {}}, ["sg.linspace"] = {1, 2, 3, {}},
  ["sg.zeros_like"] = {sg.ones(2), {}}, ["sg.ones_like"] = {sg.ones(2), {}}, ["sg.full_like"] = {sg.ones(2), 1, {}},
  ["sg.rand"] = {2, {}}, ["sg.randn"] = {2, {}}, ["sg.rand_like"] = {sg.ones(2), {}},
  ["sg.randn_like"] = {sg.ones(2), {}}, ["sg.randint"] = {1, 5, {2}}, ["sg.randperm"] = {4},
  ["sg.set_rng_state"] = {sg.get_rng_state()}, ["sg.grad"] = {sg.ones(2), sg.ones(2), {}},
  ["sg.op_info"] = {"relu"}, ["sg.gradcheck"] = {sg.exp, {sg.ones(1)}, {}},
  ["sg.assert_gradcheck"] = {sg.exp, {sg.ones(1)}, {}}, ["sg.op_sample"] = {"relu", 1, 0},
  ["sg.closest"] = {"a", {"b"}}, ["sg.op"] = {{forward = print}},
  ["sg.load_ops"] = {"nowhere.so"}, ["sg.no_grad"] = {nothing, 1}, ["sg.enable_grad"] = {nothing, 1},
  ["sg.tidy"] = {nothing, 1}, ["sg.equal"] = {rows(), rows()}, ["sg.allclose"] = {rows(), rows(), {}},
  ["testing.assert_close"] = {rows(), rows(), {}}, ["x:equal"] = {sg.ones(2)}, ["x:allclose"] = {sg.ones(2), {}},
  ["json.encode"] = {{1}, {}}, ["json.decode"] = {"[1]"}, ["json.array"] = {{}},
  ["nn.Parameter"] = {sg.ones(1)}, ["nn.functional_call"] = {nn.Linear(3, 1), {weight = sg.ones(1, 3)}, rows()},
  ["init.uniform_"] = {sg.ones(2, 2), 0, 1}, ["init.normal_"] = {sg.ones(2, 2), 0, 1},
  ["init.constant_"] = {sg.ones(2, 2), 1}, ["init.default_"] = {sg.ones(2, 2), sg.ones(2)},
  ["init.calculate_gain"] = {"leaky_relu", 0.1}, ["init.kaiming_uniform_"] = {sg.ones(2, 2), {}},
  ["init.kaiming_normal_"] = {sg.ones(2, 2), {}}, ["init.xavier_uniform_"] = {sg.ones(2, 2), 1},
  ["init.xavier_normal_"] = {sg.ones(2, 2), 1}, ["init.calculate_fans"] = {sg.ones(2, 2)},
  ["optim.StepLR"] = {new_optimizer("SGD"), 1, {}}, ["optim.CosineAnnealingLR"] = {new_optimizer("SGD"), 4, {}},
  ["data.batches"] = {rows(), {}}, ["data.loader"] = {data.TensorDataset(rows()), {}},
  ["data.idx"] = {"nowhere", {}},
  ["data.standardize"] = {rows(), {}}, ["data.TensorDataset"] = {rows(), rows()},
  ["data.fashion_mnist"] = {"nowhere", {}},
  ["x:size"] = {1}, ["x:to"] = {"f64"}, ["x:to_"] = {"f64"}, ["x:copy_"] = {sg.ones(2)}, ["x:fill_"] = {1},
  ["x:backward"] = {sg.ones(2), {}}, ["dataset:get"] = {1}, ["dataset:range"] = {1, 2},
  ["dataset:select"] = {sg.tensor({1}, {dtype = "i64"})},
}
for method, arguments in pairs {
  register_parameter = {"w", sg.ones(1)}, register_buffer = {"w", sg.ones(1)}, register_module = {"w", nn.ReLU()},
  train = {true}, requires_grad_ = {true}, to = {"f64"}, load_state_dict = {{}, {}}, apply = {nothing},
  assign_element = {1, nn.ReLU()}, append = {nn.ReLU()}, append_all = {{}}, insert = {1, nn.ReLU()}, pop = {1},
  update = {{}}, add_param_group = {{params = {parameter()}}}, step = {nothing}, extend = {"A"},
  forward = {rows(), rows()},
} do
  complete[method] = arguments
end

-- Not called with nonsense: they read a large file, or change what the other tests rely on.
local spared = {["sg.release_cache"] = true}

local bad = {
  {}, {5}, {{}}, {a = 1}, true, false, "x", "", -1.5, 0, -1, 1 / 0, 0 / 0, math.mininteger, nothing, io.stdout,
  coroutine.create(nothing), setmetatable({}, {__index = function() error("inside the argument", 0) end}),
  sg.ones(2),
  sg.tensor({1}, {dtype = "i64"}), nn.ReLU(),
}

-- An error inside the library has its place there, or is one of Lua's own.
local function is_clear(message)
  if type(message) ~= "string" then return false end
  if message == "inside the argument" then return true end
  return message:find(here, 1, true) and not message:find("attempt to", 1, true)
    and not message:find("stack overflow", 1, true) and not message:find("bad argument", 1, true)
end

local function try(found, label, f, list, count)
  local ok, message = pcall(f, table.unpack(list, 1, count))
  sg.set_memory_limit(0)
  sg.set_grad_enabled(true)
  if not ok and not is_clear(message) then found[label .. ": " .. tostring(message)] = true end
end

local function wrong_calls(found, label, f, self)
  local list = complete[label] or complete[label:match(":(.*)$") or ""] or {}
  local first = self ~= nil and 1 or 0
  local whole = table.move(list, 1, 9, first + 1, {self})
  for position = 1, math.max(#list + first, 1) do
    for i = 0, #bad do
      local changed = table.move(whole, 1, 9, 1, {})
      changed[position] = bad[i]
      try(found, label, f, changed, math.max(#list + first, 1))
    end
  end
end

local function keys_of(found)
  local list = {}
  for key in pairs(found) do list[#list + 1] = key end
  table.sort(list)
  return list
end

function TestWrong:setUp()
  self.state, self.threads = sg.get_rng_state(), sg.threads()
end

function TestWrong:tearDown()
  sg.set_rng_state(self.state)
  sg.set_threads(self.threads)
end

function TestWrong:testFunctionsAndMethods()
  local found = {}
  each_function(function(label, f, self)
    if spared[label] then return end
    wrong_calls(found, label, f, self)
  end)
  lu.assertEquals(keys_of(found), {})
end

function TestWrong:testOps()
  local found = {}
  for _, name in ipairs(sg.ops()) do
    local list, count = op_arguments(name)
    for position = 1, count do
      for i = 0, #bad do
        local changed = table.move(list, 1, count, 1, {})
        changed[position] = bad[i]
        try(found, name, sg[name], changed, count)
      end
    end
  end
  lu.assertEquals(keys_of(found), {})
end

local some_options = {"bias", "dtype", "stride", "padding", "eps", "momentum", "affine", "reduction", "weight"}

-- Values that classes are made with.
function TestWrong:testConstructors()
  local found = {}
  for name, class in pairs(nn) do
    if is_class(class) then
      local list = classes[name][1]
      for position = 1, #list do
        for i = 0, #bad do
          local changed = table.move(list, 1, #list, 1, {})
          changed[position] = bad[i]
          try(found, name, class, changed, #list)
        end
      end
      for option in pairs(bad) do
        for _, key in ipairs(some_options) do
          local changed = table.move(list, 1, #list, 1, {})
          if type(changed[#list]) == "table" and getmetatable(changed[#list]) == nil then
            changed[#list] = {[key] = bad[option]}
            try(found, name, class, changed, #list)
          end
        end
      end
    end
  end
  for _, name in ipairs {"SGD", "Adam", "AdamW"} do
    for i = 0, #bad do
      try(found, name, optim[name], {bad[i], {}}, 2)
      try(found, name, optim[name], {{bad[i]}, {}}, 2)
      try(found, name, optim[name], {{parameter()}, bad[i]}, 2)
      for _, key in ipairs {"lr", "betas", "momentum", "maximize", "params"} do
        try(found, name, optim[name], {{parameter()}, {[key] = bad[i]}}, 2)
        try(found, name, optim[name], {{{params = {parameter()}, [key] = bad[i]}}}, 1)
      end
    end
  end
  lu.assertEquals(keys_of(found), {})
end

os.exit(lu.LuaUnit.run())
