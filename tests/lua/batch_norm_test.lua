-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.BatchNorm1d/2d/3d: running statistics and both modes against numbers of PyTorch 1.13.1 (torch.nn, float64),
-- and against the formulas worked out here.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of = support.error_of
local nn = sg.nn

local function flat(tensor)
  return tensor:reshape({tensor:numel()}):totable()
end

local function assert_close(tensor, expected, tolerance)
  local values = flat(tensor)
  lu.assertEquals(#values, #expected)
  for i, value in ipairs(values) do lu.assertAlmostEquals(value, expected[i], tolerance or 1e-12) end
end

local function f64(values)
  return sg.tensor(values, {dtype = "f64"})
end

local rows = {{1, 2}, {3, 5}, {8, -1}, {0, 4}}

local function layer1d(options)
  options = options or {}
  options.dtype = "f64"
  return nn.BatchNorm1d(2, options)
end

-- ---- Running statistics -------------------------------------------------------------------------

TestRunningStatistics = {}

-- Column 1 has mean 3 and unbiased variance (4 + 0 + 25 + 9) / 3, column 2 has mean 2.5 and unbiased variance
-- (0.25 + 6.25 + 12.25 + 2.25) / 3.
function TestRunningStatistics:testOneBatchByHand()
  local layer = layer1d()
  layer(f64(rows))
  assert_close(layer.running_mean, {0.3, 0.25})
  assert_close(layer.running_var, {0.9 + 0.1 * 38 / 3, 0.9 + 0.1 * 7})
  lu.assertEquals(layer.num_batches_tracked:item(), 1)
end

-- Two batches, x and 2x + 1, then evaluation on x.
function TestRunningStatistics:testMomentumAgainstPyTorch()
  local golden = {
    {0.1, {0.97, 0.825}, {7.016666666666667, 4.24},
      {0.011325451445857171, 0.5706297712228233, 0.7663555478363393, 2.027556846685351,
        2.6539307888125445, -0.8862973042397044, -0.3661895967493839, 1.541914488197842}},
    {false, {5, 4.25}, {31.666666666666664, 17.5},
      {-0.7108185410764133, -0.5378527205282931, -0.3554092705382066, 0.17928424017609773,
        0.53311390580731, -1.254989681232684, -0.8885231763455166, -0.05976141339203256}},
    {0.5, {4.25, 3.625}, {28.75, 16},
      {-0.6061280199426444, -0.4062498730469345, -0.23312616151640167, 0.34374989257817534,
        0.6993784845492051, -1.1562496386720444, -0.7926289491557658, 0.09374997070313873}},
  }
  for _, case in ipairs(golden) do
    local layer = layer1d({momentum = case[1]})
    local x = f64(rows)
    layer(x)
    layer(x * 2 + 1)
    assert_close(layer.running_mean, case[2])
    assert_close(layer.running_var, case[3])
    lu.assertEquals(layer.num_batches_tracked:item(), 2)
    layer:eval()
    assert_close(layer(x), case[4])
    lu.assertEquals(layer.num_batches_tracked:item(), 2)
    assert_close(layer.running_mean, case[2])
  end
end

-- x_i = i^1.5 / 10 in row-major order, one batch, momentum 0.1.
function TestRunningStatistics:testLayoutsAgainstPyTorch()
  local three = {{0.25992989889760526, 0.43209618181571285, 0.6461289334249187},
    {1.5678451161037799, 1.973061596117513, 2.364198873042023}}
  local golden = {
    {nn.BatchNorm1d, {2, 3, 4}, three},
    {nn.BatchNorm2d, {2, 3, 2, 2}, three},
    {nn.BatchNorm3d, {1, 2, 2, 2, 2},
      {{0.07677764633637874, 0.3958155073302426}, {0.9446307774062395, 1.054629533221745}}},
  }
  for _, case in ipairs(golden) do
    local class, shape, expected = table.unpack(case)
    local values, count = {}, 1
    for _, size in ipairs(shape) do count = count * size end
    for i = 1, count do values[i] = (i - 1) ^ 1.5 / 10 end
    local layer = class(shape[2], {dtype = "f64"})
    layer(f64(values):reshape(shape))
    assert_close(layer.running_mean, expected[1])
    assert_close(layer.running_var, expected[2])
  end
end

function TestRunningStatistics:testWithoutTracking()
  local layer = layer1d({affine = false, track_running_stats = false})
  lu.assertNil(layer.running_mean)
  lu.assertEquals(#layer:buffers(), 0)
  lu.assertEquals(#layer:parameters(), 0)
  layer:eval()
  assert_close(layer(f64(rows)), {-0.6488853430045385, -0.21821768240972717, 0, 1.0910884120486357,
    1.6222133575113462, -1.52752377686809, -0.9733280145068077, 0.6546530472291814})
end

function TestRunningStatistics:testReset()
  local layer = layer1d()
  layer(f64(rows))
  layer:reset_running_stats()
  assert_close(layer.running_mean, {0, 0})
  assert_close(layer.running_var, {1, 1})
  lu.assertEquals(layer.num_batches_tracked:item(), 0)
end

function TestRunningStatistics:testUntouchedByAFailedForward()
  local layer = layer1d()
  layer(f64(rows))
  local mean, var = flat(layer.running_mean), flat(layer.running_var)
  error_of(layer, f64({{1, 2}}))
  error_of(layer, f64({{1, 2, 3}, {4, 5, 6}}))
  error_of(layer, sg.zeros(4, 2))
  error_of(layer, 5)
  lu.assertEquals(flat(layer.running_mean), mean)
  lu.assertEquals(flat(layer.running_var), var)
  lu.assertEquals(layer.num_batches_tracked:item(), 1)
end

function TestRunningStatistics:testNeverOnTheTape()
  local layer = layer1d()
  local x = f64(rows)
  x.requires_grad = true
  for _ = 1, 3 do layer(x) end
  lu.assertFalse(layer.running_mean.requires_grad)
  lu.assertFalse(layer.running_var.requires_grad)
end

-- A batch of no values has no mean: refused like one of one value, while evaluation takes it.
function TestRunningStatistics:testUntouchedByAnEmptyBatch()
  local cases = {{nn.BatchNorm1d, {0, 2}}, {nn.BatchNorm1d, {2, 2, 0}}, {nn.BatchNorm2d, {0, 2, 3, 3}},
    {nn.BatchNorm3d, {3, 2, 1, 0, 2}}}
  for _, case in ipairs(cases) do
    local class, shape = table.unpack(case)
    local layer, empty = class(2, {dtype = "f64"}), sg.zeros(shape, {dtype = "f64"})
    lu.assertStrContains(error_of(layer, empty), "no value per channel in training, expected more than one")
    assert_close(layer.running_mean, {0, 0})
    assert_close(layer.running_var, {1, 1})
    lu.assertEquals(layer.num_batches_tracked:item(), 0)
    layer:eval()
    lu.assertEquals(layer(empty).shape, shape)
    empty.requires_grad = true
    layer(empty):sum():backward()
    lu.assertEquals(empty.grad.shape, shape)
    assert_close(layer.weight.grad, {0, 0})
    assert_close(layer.bias.grad, {0, 0})
  end
end

-- The statistics the layer has seen hold no graph of a batch, with the collector asleep.
function TestRunningStatistics:testHoldNoGraph()
  local layer = layer1d()
  local x = f64(rows)
  x.requires_grad = true
  collectgarbage()
  collectgarbage("stop")
  local before = sg.memory().live_nodes
  for _ = 1, 5 do
    local y <close> = layer(x)
  end
  local after = sg.memory().live_nodes
  collectgarbage("restart")
  lu.assertEquals(after, before)
end

-- Inside a backward that is being differentiated no gradient may get lost, and none does.
function TestRunningStatistics:testInsideARecordedBackward()
  local layer = layer1d()
  local op = sg.op {
    forward = function(ctx, x) ctx:save(x) return x * 1 end,
    backward = function(ctx, gy) return gy * 1 + 0 * layer(ctx:saved()) end,
  }
  local x = f64(rows)
  x.requires_grad = true
  lu.assertNotNil(sg.grad(op(x):sum(), {x}, {create_graph = true})[1])
  lu.assertEquals(layer.num_batches_tracked:item(), 1)
end

-- Two training forwards before one backward: updating the statistics must not disturb the recorded graph.
function TestRunningStatistics:testTwoForwardsOneBackward()
  local layer = layer1d()
  local x = f64(rows)
  x.requires_grad = true
  local loss = (layer(x) * layer(x * 2)):sum()
  loss:backward()
  lu.assertNotNil(x.grad)
end

-- ---- Values -------------------------------------------------------------------------------------

TestValues = {}

function TestValues:testTrainingNormalizesByTheBiasedVariance()
  local layer = layer1d({eps = 0})
  local y = layer(f64(rows))
  local s1, s2 = math.sqrt(38 / 4), math.sqrt(21 / 4)
  assert_close(y, {-2 / s1, -0.5 / s2, 0, 2.5 / s2, 5 / s1, -3.5 / s2, -3 / s1, 1.5 / s2})
end

function TestValues:testEvaluationBeforeAnyTraining()
  local layer = layer1d({eps = 0}):eval()
  assert_close(layer(f64(rows)), {1, 2, 3, 5, 8, -1, 0, 4})
end

function TestValues:testStateDictCarriesTheStatistics()
  local a, b = layer1d(), layer1d()
  a(f64(rows))
  b:load_state_dict(a:state_dict())
  lu.assertEquals(flat(b.running_var), flat(a.running_var))
  lu.assertEquals(b.num_batches_tracked:item(), 1)
  b(f64(rows))
  lu.assertEquals(b.num_batches_tracked:item(), 2)
  lu.assertEquals(a.num_batches_tracked:item(), 1)
end

-- mean = sum(x) / n, var = sum((x - mean)^2) / n: derivatives 1/n and 2 (x - mean)/n, that of the latter
-- 2 (d_ij - 1/n)/n.
function TestValues:testStatisticsAreDifferentiable()
  local x = f64(rows)
  x.requires_grad = true
  local _, mean, var = sg.batch_norm(x)
  mean:sum():backward({retain_graph = true})
  assert_close(x.grad, {0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25})
  x.grad = nil
  var:sum():backward()
  assert_close(x.grad, {-1, -0.25, 0, 1.25, 2.5, -1.75, -1.5, 0.75})
  _, mean, var = sg.batch_norm(x)
  local first = sg.grad(var:sum() + mean:square():sum(), {x}, {create_graph = true})[1]
  local second = sg.grad((first * f64({{1, 0}, {0, 0}, {0, 0}, {0, 1}})):sum(), {x})[1]
  -- 2 (d_ij - 1/4)/4 + 2/16
  assert_close(second, {0.5, 0, 0, 0, 0, 0, 0, 0.5})
  lu.assertTrue(sg.gradcheck(function(v) return sg.batch_norm(v) end, {x}, {order = 2}).ok)
end

-- ---- Statistics that are not finite -------------------------------------------------------------

TestFinite = {}

-- A batch (N, C) in which channel 2 of 3 has these values.
local function batch(values, dtype)
  local list = {}
  for i, value in ipairs(values) do list[i] = {i, value, -i} end
  return sg.tensor(list, {dtype = dtype or "f64"})
end

local function state_of(layer)
  return {flat(layer.running_mean), flat(layer.running_var), layer.num_batches_tracked:item()}
end

function TestFinite:testABatchThatWouldPoisonTheStatisticsChangesNothing()
  local nan, inf = 0 / 0, math.huge
  local cases = {
    {{1, nan, 2}, "f64", "running_mean of channel 2 would become nan and stay so, as the batch's mean is nan"},
    {{1, inf, 2}, "f64", "running_mean of channel 2 would become"},
    {{1, -inf, inf}, "f32", "running_mean of channel 2 would become"},
    {{1e30, -1e30, 0}, "f32", "running_var of channel 2 would become inf and stay so, as the batch's var is inf"},
  }
  for _, case in ipairs(cases) do
    for _, momentum in ipairs {0.1, false} do
      local layer = nn.BatchNorm1d(3, {dtype = case[2], momentum = momentum})
      layer(batch({1, 2, 5}, case[2]))
      local before = state_of(layer)
      local message = error_of(layer, batch(case[1], case[2]))
      lu.assertStrContains(message, "running_stats_step: " .. case[3])
      lu.assertStrContains(message, "the running statistics are unchanged")
      lu.assertEquals(state_of(layer), before)
      layer(batch({1, 2, 5}, case[2])) -- and it goes on
      lu.assertEquals(layer.num_batches_tracked:item(), 2)
    end
  end
end

-- Beyond the sum of their range, but each of them finite.
function TestFinite:testLargeStatisticsAreFinite()
  local layer = nn.BatchNorm1d(3)
  local x = sg.full({4, 3}, 3e38)
  layer(x)
  lu.assertTrue(layer.running_mean:amax():item() < math.huge)
end

function TestFinite:testWithoutRunningStatisticsTheResultIsWhatItIs()
  for _, layer in ipairs {nn.BatchNorm1d(3, {track_running_stats = false}), nn.BatchNorm1d(3):eval()} do
    local y = layer(batch({1, 0 / 0, 2}, "f32")):totable()
    lu.assertNotEquals(y[2][2], y[2][2]) -- NaN
    lu.assertEquals(y[2][1], y[2][1])
  end
end

function TestFinite:testEvaluationByStatisticsThatAreNot()
  local x = batch {1, 2, 5}
  for _, which in ipairs {"running_mean", "running_var"} do
    for _, value in ipairs {math.huge, -math.huge, 0 / 0} do
      local layer = nn.BatchNorm1d(3, {dtype = "f64"}):eval()
      layer[which][2] = value
      lu.assertStrContains(error_of(layer, x), "BatchNorm1d: " .. which .. " of channel 2 is ")
      lu.assertStrContains(error_of(layer, x), "expected a finite number")
      layer:train()
      lu.assertStrContains(error_of(layer, x), which .. " of channel 2 would become")
      layer:reset_running_stats()
      layer(x)
    end
  end
end

-- The op takes a variance of infinity at its word, as PyTorch does: the limit for a growing variance. In evaluation
-- the layer refuses it, because there it is the trace of an accident.
function TestFinite:testTheOpGivesBetaForAVarianceOfInfinity()
  for _, dtype in ipairs {"f32", "f64"} do
    for _, create_graph in ipairs {false, true} do
      local function leaf(values) return sg.tensor(values, {dtype = dtype, requires_grad = true}) end
      local x, mean, var = leaf {{1, 2}, {3, 4}}, leaf {0, 0}, leaf {math.huge, 3}
      local gamma, beta = leaf {2, 2}, leaf {5, 6}
      local y = sg.batch_norm_inference(x, mean, var, gamma, beta, {eps = 1})
      lu.assertEquals(y:totable(), {{5, 8}, {5, 10}})
      local gradients = sg.grad((y * y):sum(), {x, mean, var, gamma, beta}, {create_graph = create_graph})
      lu.assertEquals({gradients[1][1][1]:item(), gradients[1][2][1]:item()}, {0, 0})
      for i = 2, 4 do lu.assertEquals(gradients[i][1]:item(), 0) end
      lu.assertEquals(gradients[5][1]:item(), 20)
    end
  end
end

-- ---- Wrong arguments ----------------------------------------------------------------------------

TestArguments = {}

function TestArguments:testConstructor()
  local cases = {
    {{0}, "BatchNorm2d: num_features is 0"},
    {{3, {eps = -1}}, "BatchNorm2d: eps is -1, expected a value of at least 0"},
    {{3, {eps = 0 / 0}}, "BatchNorm2d: eps is"},
    {{3, {momentum = 2}}, "BatchNorm2d: momentum is 2, expected a number in [0, 1]"},
    {{3, {momentum = "a"}}, "BatchNorm2d: momentum is \"a\""},
    {{3, {affine = 0}}, "BatchNorm2d: affine is 0"},
    {{3, {afine = true}}, "BatchNorm2d: unknown option 'afine'"},
  }
  for _, case in ipairs(cases) do
    lu.assertStrContains(error_of(nn.BatchNorm2d, table.unpack(case[1])), case[2])
  end
end

function TestArguments:testForward()
  lu.assertStrContains(error_of(nn.BatchNorm2d(3), sg.zeros(2, 3)),
    "BatchNorm2d: x has shape [2, 3], expected 4 dimensions (N, C, H, W)")
  lu.assertStrContains(error_of(nn.BatchNorm1d(3), sg.zeros(2, 3, 4, 5)), "BatchNorm1d: x has shape [2, 3, 4, 5]")
  lu.assertStrContains(error_of(nn.BatchNorm3d(3), sg.zeros(2, 3, 4, 5)), "expected 5 dimensions")
  lu.assertStrContains(error_of(nn.BatchNorm1d(3), sg.zeros(2, 4)),
    "BatchNorm1d: x has 4 channels (shape [2, 4]), expected num_features = 3")
  lu.assertStrContains(error_of(nn.BatchNorm1d(3), 7), "BatchNorm1d: x is 7, expected a tensor")
  lu.assertStrContains(error_of(nn.BatchNorm1d(3), sg.zeros(1, 3)), "batch_norm")
end

-- Their arguments are the results of the op, which nobody else has in hand.
function TestArguments:testStatisticsAreMovedByForwardAlone()
  lu.assertNil(nn.BatchNorm1d(3).update_running_stats)
end

TestMask = {}

-- What a mask leaves is normalized as if there were nothing else.
function TestMask:testStatisticsAreThoseOfWhatIsLeft()
  local nan = 0 / 0
  local masked, plain = nn.BatchNorm1d(2, {dtype = "f64"}), nn.BatchNorm1d(2, {dtype = "f64"})
  local x = sg.tensor({{{1, 3, nan}, {2, 5, nan}}, {{8, nan, nan}, {-1, nan, nan}}},
    {dtype = "f64", requires_grad = true})
  local left = sg.tensor({{1, 2}, {3, 5}, {8, -1}}, {dtype = "f64", requires_grad = true})
  local y, expected = masked(x, sg.tensor({2, 1}, {dtype = "i64"})), plain(left)
  sg.testing.assert_close(y:select(3, 1), sg.stack({expected[1], expected[3]}))
  sg.testing.assert_close(y[1]:select(2, 2), expected[2])
  lu.assertEquals(y[2]:narrow(2, 2, 2):totable(), {{0, 0}, {0, 0}})
  sg.testing.assert_close(masked.running_mean, plain.running_mean)
  sg.testing.assert_close(masked.running_var, plain.running_var)
  y:square():select(2, 1):sum():backward()
  expected:square():select(2, 1):sum():backward()
  sg.testing.assert_close(x.grad:select(3, 1), sg.stack({left.grad[1], left.grad[3]}))
  lu.assertEquals(x.grad[2]:narrow(2, 2, 2):totable(), {{0, 0}, {0, 0}})
end

function TestMask:testEvaluationAndForms()
  local layer = nn.BatchNorm2d(2)
  local x, mask = sg.randn(2, 2, 3, 4), sg.rand(2, 3, 4):gt(0.3)
  layer(x, mask)
  layer:eval()
  lu.assertEquals(layer(x, mask):totable(), sg.where(mask:unsqueeze(2), layer(x), sg.zeros({})):totable())
  local lengths = sg.tensor({4, 1}, {dtype = "i64"})
  local by_hand = sg.arange(4, {dtype = "i64"}):lt(lengths:reshape(2, 1, 1)):expand(2, 3, 4)
  lu.assertEquals(layer(x, lengths):totable(), layer(x, by_hand):totable())
  lu.assertStrContains(error_of(layer, x, 3), "BatchNorm2d: mask is 3, expected a tensor")
  lu.assertStrContains(error_of(layer:train(), x, sg.zeros(2)), "mask has dtype f32")
end

-- The mean of the lengths of a weight goes where g says, and u and v find the largest singular value.
function TestMask:testNormsOfWeights()
  local weight = sg.randn(3, 4, {dtype = "f64", requires_grad = true})
  local u, v = sg.randn(3, {dtype = "f64"}), sg.randn(4, {dtype = "f64"})
  lu.assertEquals(sg.spectral_norm_step(u, v, weight:detach(), {n_power_iterations = 200}), u)
  lu.assertAlmostEquals(sg.svdvals(sg.spectral_norm(weight, u, v):detach())[1]:item(), 1, 1e-12)
  sg.assert_gradcheck(function(w) return sg.spectral_norm(w, u, v) end, {weight})
  local g = sg.tensor({{2}, {3}, {5}}, {dtype = "f64"})
  sg.testing.assert_close(sg.weight_norm(weight, g):detach():norm(2, 2), sg.tensor({2, 3, 5}, {dtype = "f64"}))
end

os.exit(lu.LuaUnit.run())
