-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What samples of ops cannot show of attention, gumbel_softmax, rrelu and ctc_loss: masks of -infinity, derivatives
-- that go straight through, what the mode of a module does, losses that are infinite.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local nn = sg.nn

local function leaf(...) return sg.randn(..., {dtype = "f64", requires_grad = true}) end

TestAttention = {}

local inf = math.huge

function TestAttention:testAMaskOfInfinityIsOneOfBools()
  local q, k, v = leaf {2, 3, 4}, leaf {2, 3, 4}, leaf {2, 3, 2}
  local bools = sg.tensor({{1, 0, 1}, {0, 1, 0}, {1, 1, 1}}, {dtype = "bool"})
  local numbers = sg.tensor({{0, -inf, 0}, {-inf, 0, -inf}, {0, 0, 0}}, {dtype = "f64"})
  local y = sg.scaled_dot_product_attention(q, k, v, bools)
  lu.assertEquals(y:totable(), sg.scaled_dot_product_attention(q, k, v, numbers):totable())
  local found = {}
  for _, mask in ipairs {bools, numbers} do
    sg.scaled_dot_product_attention(q, k, v, mask):square():sum():backward()
    found[#found + 1] = {q.grad:totable(), k.grad:totable(), v.grad:totable()}
    q.grad, k.grad, v.grad = nil, nil, nil
  end
  lu.assertEquals(found[2], found[1])
end

function TestAttention:testCausalIsALowerTriangle()
  local q, k, v = leaf {2, 3, 4}, leaf {2, 3, 4}, leaf {2, 3, 2}
  local mask = sg.ones({3, 3}):tril():to("bool")
  lu.assertEquals(sg.scaled_dot_product_attention(q, k, v, nil, {is_causal = true}):totable(),
    sg.scaled_dot_product_attention(q, k, v, mask):totable())
end

-- NaN would be its softmax; its gradients are 0.
function TestAttention:testAQueryThatSeesNothing()
  local q, k, v = leaf {2, 2}, leaf {2, 2}, leaf {2, 2}
  local mask = sg.tensor({{0, 0}, {1, 1}}, {dtype = "bool"})
  local y = sg.scaled_dot_product_attention(q, k, v, mask)
  lu.assertEquals(y[1]:totable(), {0, 0})
  y:sum():backward()
  lu.assertEquals(q.grad[1]:totable(), {0, 0})
  for _, x in ipairs {q, k, v} do lu.assertTrue(x.grad:isfinite():all():item()) end
end

TestRandom = {}

function TestRandom:testHardSamplesAreRoundedAndDifferentiateLikeSoftOnes()
  local x, cotangent = leaf {5, 4}, sg.randn({5, 4}, {dtype = "f64"})
  sg.manual_seed(3)
  local soft = sg.gumbel_softmax(x, {tau = 0.7})
  sg.manual_seed(3)
  local hard = sg.gumbel_softmax(x, {tau = 0.7, hard = true})
  lu.assertEquals(hard:argmax(2):totable(), soft:argmax(2):totable())
  lu.assertEquals(hard:sum(2):totable(), {1, 1, 1, 1, 1})
  lu.assertEquals((hard * (hard - 1)):abs():amax():item(), 0)
  soft:backward(cotangent)
  local expected = x.grad:totable()
  x.grad = nil
  hard:backward(cotangent)
  lu.assertEquals(x.grad:totable(), expected)
end

-- Of many samples each class has its share, within four standard deviations.
function TestRandom:testGumbelSoftmaxSamplesTheDistribution()
  sg.manual_seed(4)
  local count, p = 20000, {0.5, 0.3, 0.2}
  local drawn = sg.gumbel_softmax(sg.tensor(p):log():expand(count, 3), {hard = true}):mean(1)
  for i = 1, 3 do lu.assertAlmostEquals(drawn[i]:item(), p[i], 4 * math.sqrt(p[i] * (1 - p[i]) / count)) end
end

function TestRandom:testSlopesAreDrawnInTraining()
  local layer, x = nn.RReLU({lower = 0.1, upper = 0.3}), sg.full({1000}, -1)
  sg.manual_seed(5)
  local y = -layer(x)
  lu.assertTrue(y:amin():item() >= 0.1 and y:amax():item() <= 0.3)
  lu.assertAlmostEquals(y:mean():item(), 0.2, 0.01) -- four deviations of 0.2 / sqrt(12 000)
  layer:eval()
  lu.assertAlmostEquals(layer(x)[1]:item(), -0.2, 1e-7)
end

TestCtc = {}

function TestCtc:testAnInfiniteLossHasGradientZero()
  local x = leaf {2, 1, 3}
  local function loss(options)
    return sg.ctc_loss(x, sg.tensor({{2, 2}}, {dtype = "i64"}), sg.tensor({2}, {dtype = "i64"}),
      sg.tensor({2}, {dtype = "i64"}), options)
  end
  local y = loss {}
  lu.assertEquals(y:item(), inf)
  lu.assertEquals(loss({zero_infinity = true}):item(), 0)
  y:backward()
  lu.assertEquals(x.grad:abs():amax():item(), 0)
end

os.exit(lu.LuaUnit.run())
