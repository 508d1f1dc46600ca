-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Layers and losses of selenograd.nn as functions of what they are given. Batch normalization has its own test.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, names_of = support.error_of, support.names_of
local nn = sg.nn

TestLayers = {}

function TestLayers:testLinear()
  local layer = nn.Linear(2, 2, {dtype = "f64"})
  layer:load_state_dict({weight = sg.tensor({{1, 2}, {3, 4}}), bias = sg.tensor({10, 20})})
  lu.assertEquals(layer(sg.tensor({{1, 1}}, {dtype = "f64"})):totable(), {{13, 27}})
  lu.assertNil(nn.Linear(2, 2, {bias = false}).bias)
end

function TestLayers:testSmallOnes()
  local x = sg.tensor({{-1, 0, 2}})
  lu.assertEquals(nn.ReLU()(x):totable(), {{0, 0, 2}})
  lu.assertEquals(nn.Identity()(x), x)
  lu.assertAlmostEquals(nn.Sigmoid()(x):totable()[1][3], 1 / (1 + math.exp(-2)), 1e-6)
  lu.assertAlmostEquals(nn.Tanh()(x):totable()[1][3], (math.exp(4) - 1) / (math.exp(4) + 1), 1e-6)
  lu.assertEquals(nn.MaxPool2d(2)(sg.tensor({{{{1, 2}, {4, 3}}}})):totable(), {{{{4}}}})
  lu.assertEquals(nn.Flatten()(sg.zeros(2, 3, 4, 5)).shape, {2, 60})
  lu.assertEquals(nn.Flatten({start_dim = 1})(sg.zeros(2, 3)).shape, {6})
  lu.assertEquals(nn.Flatten({start_dim = 2, end_dim = 3})(sg.zeros(2, 3, 4, 5)).shape, {2, 12, 5})
end

function TestLayers:testDropout()
  local layer = nn.Dropout(0.5)
  local x = sg.ones(1000)
  sg.manual_seed(3)
  local kept = layer(x):sum():item() / 2
  lu.assertTrue(kept > 400 and kept < 600)
  layer:eval()
  lu.assertEquals(layer(x), x)
  lu.assertEquals(nn.Dropout(1)(x):sum():item(), 0)
end

function TestLayers:testDropoutOfChannels()
  sg.manual_seed(3)
  local y = nn.Dropout2d(0.5)(sg.ones(20, 10, 3, 2))
  local channels = y:sum({dim = {3, 4}})
  lu.assertEquals((channels * (channels - 12)):abs():sum():item(), 0) -- each is 0 or 2 everywhere
  lu.assertTrue(channels:mean():item() > 4 and channels:mean():item() < 8)
  lu.assertEquals(nn.Dropout1d(1)(sg.ones(3, 4)):sum():item(), 0)
  lu.assertEquals(nn.Dropout3d(0)(sg.ones(3, 1, 1, 2)):sum():item(), 6)
  lu.assertEquals(nn.AlphaDropout(1)(sg.ones(5)):sum():item(), 0)
  local x = sg.randn(50000)
  local z = nn.AlphaDropout(0.3)(x)
  lu.assertAlmostEquals(z:mean():item(), 0, 0.03) -- 1 / sqrt(50000) is 0.0045
  lu.assertAlmostEquals(z:var():item(), 1, 0.05)
  lu.assertEquals(nn.FeatureAlphaDropout(0.4):eval()(x), x)
end

function TestLayers:testLosses()
  local logits = sg.zeros(2, 4)
  lu.assertAlmostEquals(nn.CrossEntropyLoss()(logits, sg.tensor({1, 4}, {dtype = "i64"})):item(), math.log(4), 1e-6)
  lu.assertEquals(nn.MSELoss()(sg.tensor({1, 2}), sg.tensor({1, 4})):item(), 2)
end

function TestLayers:testTargetsThatAreProbabilities()
  local logits = sg.randn(4, 3, {dtype = "f64", requires_grad = true})
  local labels = sg.tensor({1, 3, 2, 3}, {dtype = "i64"})
  local weight = sg.tensor({1, 5, 2}, {dtype = "f64"})
  local sure = sg.one_hot(labels, 3):double()
  for _, reduction in ipairs {"none", "sum"} do
    local options = {reduction = reduction, label_smoothing = 0.2}
    sg.testing.assert_close(sg.cross_entropy(logits, sure, weight, options),
      sg.cross_entropy(logits, labels, weight, options))
  end
  local target = logits:detach():softmax(2):requires_grad_()
  local loss = nn.CrossEntropyLoss()(logits, target)
  loss:backward()
  -- The entropy of the target: its gradient in the logits is 0, that in the target -log p / N.
  sg.testing.assert_close(logits.grad, sg.zeros_like(logits), {rtol = 0, atol = 1e-15})
  sg.testing.assert_close(target.grad, logits:detach():log_softmax(2) * (-1 / 4))
  lu.assertStrContains(error_of(nn.CrossEntropyLoss({ignore_index = 1}), logits, target), "ignore_index is 1")
end

function TestLayers:testLossesPassOnEveryArgument()
  local logits = sg.tensor({{1, 2, 3}, {3, 1, 0}}, {dtype = "f64"})
  local labels, weight = sg.tensor({1, 3}, {dtype = "i64"}), sg.tensor({1, 5, 2}, {dtype = "f64"})
  local expected = sg.cross_entropy(logits, labels, weight, {reduction = "sum", label_smoothing = 0.1}):item()
  local options = {reduction = "sum", label_smoothing = 0.1}
  local loss = nn.CrossEntropyLoss(options)
  options.reduction = "mean" -- the module has options of its own
  lu.assertEquals(loss(logits, labels, weight):item(), expected)
  lu.assertNotEquals(loss(logits, labels):item(), expected)
  loss = nn.CrossEntropyLoss({reduction = "sum", label_smoothing = 0.1, weight = weight})
  lu.assertEquals(loss(logits, labels):item(), expected)
  lu.assertEquals(names_of(loss:named_buffers()), {"weight"})
  lu.assertStrContains(error_of(loss, logits, labels, weight), "CrossEntropyLoss: weight is given twice")
  lu.assertStrContains(error_of(loss, logits, labels, nil, 5), "CrossEntropyLoss: unexpected argument 4: 5")
  lu.assertStrContains(error_of(nn.MSELoss(), logits, logits, {reduction = "sum"}), "unexpected argument 3")
  lu.assertStrContains(error_of(nn.CrossEntropyLoss(), logits, labels, {reduction = "sum"}),
    "CrossEntropyLoss: weight is a table, expected a tensor")
end

-- Lua drops arguments that nobody reads; modules do not.
-- The mean of no losses is 0 / 0, of every loss; their sum is 0.
function TestLayers:testMeansOfNothing()
  local x, labels = sg.zeros(0, 3), sg.zeros(0, {dtype = "i64"})
  for _, mean in ipairs {
    sg.cross_entropy(x, labels), sg.cross_entropy(x, labels, sg.ones(3)), sg.cross_entropy(x, x),
    sg.nll_loss(x, labels), sg.multi_margin_loss(x, labels), sg.multilabel_margin_loss(x, x:long()),
    sg.mse_loss(x, x), sg.l1_loss(x, x),
  } do
    lu.assertNaN(mean:item())
  end
  lu.assertEquals(sg.cross_entropy(x, labels, {reduction = "sum"}):item(), 0)
end

os.exit(lu.LuaUnit.run())
