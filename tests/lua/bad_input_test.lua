-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Wrong input of every kind: each an error at the line of the script, with the op, the argument and the shapes;
-- after it the engine works as before and nothing is leaked.

local lu = require "luaunit"
local sg = require "selenograd"
local optim, data = sg.optim, sg.data

local function integers(values) return sg.tensor(values, {dtype = "i64"}) end
local function leaf(...) return sg.randn(..., {requires_grad = true}) end

-- ---- What is asked of an error ------------------------------------------------------------------

local function live_bytes()
  collectgarbage()
  collectgarbage()
  return sg.memory().live_bytes
end

local function assert_engine_works()
  local x = sg.tensor({1, 2, 3}, {requires_grad = true})
  local loss = (x * x):sum()
  loss:backward()
  lu.assertEquals(loss:item(), 14)
  lu.assertEquals(x.grad:totable(), {2, 4, 6})
  lu.assertTrue(sg.is_grad_enabled())
end

-- `action` runs twice: what is allocated once for good does not count as a leak.
local function assert_rejected(action, ...)
  local before
  for _ = 1, 2 do
    before = live_bytes()
    local ok, message = pcall(action)
    lu.assertFalse(ok, "expected an error with " .. (...))
    lu.assertIsString(message)
    lu.assertStrContains(message, "bad_input_test.lua:")
    for _, part in ipairs {...} do lu.assertStrContains(message, part) end
    assert_engine_works()
  end
  lu.assertEquals(live_bytes(), before)
end

-- ---- Tensors ------------------------------------------------------------------------------------

TestTensors = {}

function TestTensors:testWrongRank()
  assert_rejected(function() sg.conv2d(sg.zeros(3, 4), sg.zeros(2, 1, 3, 3)) end, "conv2d: x has shape [3, 4]")
  assert_rejected(function() sg.max_pool2d(sg.zeros(3), {kernel_size = 2}) end, "max_pool2d: x has shape [3]")
  assert_rejected(function() sg.batch_norm(sg.zeros(3)) end, "batch_norm: x has shape [3], expected (N,C)")
  assert_rejected(function() sg.linear(sg.zeros(), sg.zeros(2, 2)) end, "linear: x has shape []", "[2, 2]")
  assert_rejected(function() sg.cross_entropy(sg.zeros(3, 2), integers {{1, 1}}) end,
    "cross_entropy: target has shape [1, 2], expected [3]")
end

function TestTensors:testWrongShape()
  assert_rejected(function() return sg.zeros(2, 3) + sg.zeros(4, 3) end, "add: ", "[2, 3]", "[4, 3]")
  assert_rejected(function() sg.matmul(sg.zeros(2, 3), sg.zeros(2, 3)) end, "matmul: a [2, 3]", "b [2, 3]")
  assert_rejected(function() sg.mse_loss(sg.zeros(2, 3), sg.zeros(3, 2)) end,
    "mse_loss: target has shape [3, 2], expected [2, 3]")
  assert_rejected(function() sg.conv2d(sg.zeros(1, 3, 5, 5), sg.zeros(2, 4, 3, 3)) end,
    "conv2d: weight has shape [2, 4, 3, 3]", "[1, 3, 5, 5]")
  assert_rejected(function() sg.zeros(2, 3):reshape(4, 2) end, "reshape: x has shape [2, 3]", "[4, 2]")
end

function TestTensors:testWrongDtype()
  assert_rejected(function() sg.exp(integers {1, 2}) end, "exp: x has dtype i64, expected f32 or f64")
  assert_rejected(function() sg.cross_entropy(sg.zeros(3, 2), sg.zeros(3)) end,
    "cross_entropy: target has shape [3], expected that of x, [3, 2]: a probability for each class")
  assert_rejected(function() sg.nll_loss(sg.zeros(3, 2), sg.zeros(3)) end,
    "nll_loss: target has dtype f32, expected i64")
  assert_rejected(function() sg.zeros(2, {dtype = "f16"}) end, "zeros: dtype is the string 'f16'")
end

function TestTensors:testMixedDtypes()
  local double = {dtype = "f64"}
  assert_rejected(function() return sg.zeros(2) * sg.zeros(2, double) end, "mul: b has dtype f64", "f32")
  assert_rejected(function() sg.batch_norm(sg.zeros(2, 3), sg.ones(3, double)) end,
    "batch_norm: gamma has dtype f64", "f32")
end

function TestTensors:testWrongGammaLength()
  assert_rejected(function() sg.batch_norm(sg.zeros(4, 3), sg.ones(4)) end,
    "batch_norm: gamma has shape [4], expected [3] (channels of x [4, 3])")
  assert_rejected(function() sg.batch_norm(sg.zeros(4, 3), nil, sg.ones(4)) end,
    "batch_norm: beta has shape [4], expected [3] (channels of x [4, 3])")
  assert_rejected(function() sg.batch_norm_inference(sg.zeros(4, 3), sg.zeros(2), sg.ones(3)) end,
    "batch_norm_inference: mean has shape [2], expected [3]")
end

function TestTensors:testOneValuePerChannel()
  assert_rejected(function() sg.batch_norm(sg.zeros(1, 3)) end, "batch_norm: x has shape [1, 3]", "one value")
  assert_rejected(function() sg.nn.BatchNorm1d(3)(sg.zeros(1, 3)) end, "batch_norm: x has shape [1, 3]")
end

function TestTensors:testElementsThatAreNoNumbers()
  assert_rejected(function() sg.tensor {1, false} end, "tensor: element [2] is false, expected a number")
  assert_rejected(function() sg.tensor {{1, 2}, {3, "a"}} end, "tensor: element [2][2] is the string 'a'")
  assert_rejected(function() integers {1, 1e30} end, "tensor: element [2] is 1e+30, expected an integer")
  assert_rejected(function() sg.tensor {{1, 2}, {3}} end, "tensor: list [2] has 1 elements, expected 2")
end

-- ---- Attributes and indices ---------------------------------------------------------------------

TestValues = {}

function TestValues:testNegativeEps()
  assert_rejected(function() sg.batch_norm(sg.zeros(4, 3), {eps = -1e-5}) end, "batch_norm: eps is -1e-05")
  assert_rejected(function() sg.batch_norm(sg.zeros(4, 3), {eps = 0 / 0}) end, "batch_norm: eps is", "nan")
  assert_rejected(function() sg.nn.BatchNorm1d(3, {eps = -1}) end, "BatchNorm1d: eps is -1")
end

function TestValues:testProbability()
  for _, p in ipairs {1.5, -0.1, 0 / 0, math.huge} do
    assert_rejected(function() sg.dropout(sg.zeros(4), {p = p}) end, "dropout: p is", "[0, 1]")
    assert_rejected(function() sg.nn.Dropout(p) end, "Dropout: p is", "[0, 1]")
  end
end

function TestValues:testLabel()
  for _, label in ipairs {0, -1, 4} do
    assert_rejected(function() sg.cross_entropy(sg.zeros(2, 3), integers {1, label}) end,
      ("cross_entropy: target[2] = %d is outside 1..3"):format(label))
  end
end

function TestValues:testIndex()
  assert_rejected(function() return sg.zeros(2, 3)[4] end, "index: position 4", "[2, 3]")
  assert_rejected(function() return sg.zeros(2, 3)[0] end, "index: position 0", "[2, 3]")
  assert_rejected(function() return sg.zeros(2, 3)[{1, {2, 4}}] end, "index: position 4", "dimension 2", "[2, 3]")
  assert_rejected(function() sg.zeros(2, 3)[{3, 1}] = 0 end, "index: position 3", "[2, 3]")
  assert_rejected(function() sg.index_select(sg.zeros(2, 3), integers {4}, {dim = 2}) end,
    "index_select: index holds 4", "1..3", "[2, 3]")
  assert_rejected(function() sg.gather(sg.zeros(2, 3), integers {{0}}, {dim = 2}) end,
    "gather: index holds 0", "1..3", "[2, 3]")
  assert_rejected(function() sg.sum(sg.zeros(2, 3), 3) end, "sum: dimension 3", "[2, 3]")
end

function TestValues:testStepThatIsNoNumber()
  local nan = 0 / 0
  assert_rejected(function() optim.SGD({leaf(2)}, {lr = nan}) end, "SGD: lr is", "nan")
  assert_rejected(function() optim.Adam({leaf(2)}, {lr = nan}) end, "Adam: lr is", "nan")
  assert_rejected(function()
    local parameter = leaf(2)
    parameter:sum():backward()
    local optimizer = optim.SGD({parameter}, {lr = 0.1})
    optimizer.param_groups[1].lr = nan
    optimizer:step()
  end, "SGD: lr is", "nan")
  assert_rejected(function() sg.gradcheck(sg.exp, {sg.zeros(2, {dtype = "f64"})}, {step = nan}) end,
    "gradcheck: step is", "nan")
end

-- ---- Files --------------------------------------------------------------------------------------

TestFiles = {}

local function write_file(name, bytes)
  local file = assert(io.open(name, "wb"))
  file:write(bytes)
  file:close()
end

function TestFiles:setUp()
  self.name = os.tmpname()
end

function TestFiles:tearDown()
  os.remove(self.name)
  os.remove(self.name .. ".gz")
end

function TestFiles:testTruncated()
  write_file(self.name, "\0\0\8\1\0\0\0\9" .. "abc")
  assert_rejected(function() data.idx(self.name) end, "idx: " .. self.name, "truncated", "[9]")
  write_file(self.name, "")
  assert_rejected(function() data.idx(self.name) end, "idx: " .. self.name, "truncated")
  write_file(self.name .. ".gz", "\31\139\8\0\0\0\0\0\0\3ab")
  assert_rejected(function() data.idx(self.name .. ".gz") end, "idx: " .. self.name)
end

function TestFiles:testNotGzip()
  write_file(self.name .. ".gz", "hello")
  assert_rejected(function() data.idx(self.name .. ".gz") end, "idx: ", "does not contain gzip data")
end

function TestFiles:testDirectory()
  assert_rejected(function() data.idx("/") end, "idx: / is a directory, expected an IDX file")
  assert_rejected(function() data.fashion_mnist("/") end, "dataset-fashion-mnist")
end

function TestFiles:testMissing()
  assert_rejected(function() data.idx("/nowhere/at/all") end, "idx: /nowhere/at/all cannot be opened")
end

-- ---- Size ---------------------------------------------------------------------------------------

TestSize = {}

function TestSize:tearDown() sg.set_memory_limit(0) end

function TestSize:testMemoryLimit()
  sg.set_memory_limit(live_bytes() + (1 << 19))
  local wide = sg.ones(1, 600)
  local creations = {zeros = sg.zeros, ones = sg.ones, rand = sg.rand, randn = sg.randn}
  for name, create in pairs(creations) do
    local message = name .. ": a tensor f32 [1000, 1000]: out of memory"
    assert_rejected(function() return (create(1000, 1000)) end, message)
  end
  assert_rejected(function() return (sg.eye(1000)) end, "eye: a tensor f32 [1000, 1000]: out of memory")
  assert_rejected(function() return wide.T * wide end, "mul: a tensor f32 [600, 600]: out of memory")
  assert_rejected(function() return (sg.matmul(wide.T, wide)) end, "matmul: a tensor f32 [600, 600]: out of memory")
end

function TestSize:testMemoryLimitInBackward()
  local x = sg.ones(100, 1, {requires_grad = true})
  sg.set_memory_limit(live_bytes() + 900000)
  assert_rejected(function() (x * sg.ones(1, 900)):square():sum():backward() end,
    "backward of sum: ", "[100, 900]: out of memory")
  lu.assertNil(x.grad)
end

function TestSize:testTooManyElements()
  local creations = {zeros = sg.zeros, ones = sg.ones, rand = sg.rand, randn = sg.randn}
  for name, create in pairs(creations) do
    assert_rejected(function() return (create(1 << 31, 1 << 31)) end, name .. ": ", "[2147483648, 2147483648]")
    assert_rejected(function() return (create(math.maxinteger, 2)) end, name .. ": ", "[9223372036854775807, 2]")
    assert_rejected(function() return (create(1 << 62)) end, name .. ": ", "[4611686018427387904]")
  end
  assert_rejected(function() return (sg.ones(1):expand(1 << 40, 1 << 40)) end, "expand: ",
    "[1099511627776, 1099511627776]")
  assert_rejected(function() return (sg.arange(2 ^ 61)) end, "arange: ", "[2305843009213693952]")
  assert_rejected(function() return (sg.randperm(1 << 62)) end, "randperm: ", "[4611686018427387904]")
end

-- ---- Backward -----------------------------------------------------------------------------------

TestBackward = {}

function TestBackward:testNotScalarWithoutCotangent()
  assert_rejected(function() (leaf(3) * 2):backward() end, "backward: the tensor has shape [3]", "cotangent")
  assert_rejected(function()
    local x = leaf(3)
    sg.grad(x * 2, x)
  end, "grad: the tensor has shape [3]", "cotangent")
end

function TestBackward:testWrongCotangent()
  assert_rejected(function() (leaf(3) * 2):backward(sg.ones(4)) end,
    "backward: the cotangent has shape [4] and dtype f32, expected [3]")
end

function TestBackward:testTwice()
  assert_rejected(function()
    local x = leaf(3)
    local y = (x * x):sum()
    y:backward()
    y:backward()
  end, "backward of ", "retain_graph = true")
end

function TestBackward:testTensorThatNeedsNoGradient()
  assert_rejected(function() sg.ones(3):sum():backward() end, "backward: the tensor [] has no graph")
  assert_rejected(function() sg.grad(leaf(3):sum(), sg.ones(4)) end, "grad: input 1, a tensor [4]")
end

function TestBackward:testItsOwnGradient()
  assert_rejected(function()
    local x = leaf(2)
    x.grad = x
  end, "grad: a tensor cannot be its own gradient")
  assert_rejected(function() leaf(2).grad = leaf(3) end,
    "grad: the gradient has shape [3] and dtype f32, expected [2]")
  assert_rejected(function() leaf(2).grad = 5 end, "grad: the gradient is the number 5, expected a tensor")
end

function TestBackward:testRecordingSwitch()
  assert_rejected(function() sg.set_grad_enabled() end,
    "set_grad_enabled: the argument is missing, expected true or false")
  assert_rejected(function() sg.set_grad_enabled(0) end, "set_grad_enabled: the argument is the number 0")
  assert_rejected(function() sg.no_grad(5) end, "no_grad: the function is the number 5, expected a function")
end

-- A copy and a conversion are no way to lose a gradient unnoticed.
function TestBackward:testGradientsFlowThroughCopies()
  local x = sg.tensor({1, 2, 3}, {requires_grad = true})
  local y = (x * x):clone() + x:to("f64"):to("f32")
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {3, 5, 7})
end

os.exit(lu.LuaUnit.run())
