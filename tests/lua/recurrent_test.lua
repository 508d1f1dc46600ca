-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Recurrent networks as modules: a layer is its cell step by step, forwards and backwards, in layers; names of
-- parameters, dropout, states, and what is refused.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local nn = sg.nn
local error_of = require("support").error_of

local f64 = {dtype = "f64"}

local function with(options)
  options.dtype = "f64"
  return options
end

-- Both are the same operations in the same order but for the products, which are one for all steps in a layer: sums
-- of three terms, so some roundings of 1e-16.
local function assert_same(y, expected) sg.testing.assert_close(y, expected, {rtol = 1e-14, atol = 1e-14}) end

local function names_of(module)
  local names = {}
  for name in module:named_parameters() do names[#names + 1] = name end
  return names
end

-- A cell with the weights of one direction of a layer.
local function cell_of(class, layer, suffix, input_size)
  local cell = class(input_size, layer.hidden_size, with {})
  for _, name in ipairs {"weight_ih", "weight_hh", "bias_ih", "bias_hh"} do
    sg.no_grad(function() cell[name]:copy_(layer[name .. suffix]) end)
  end
  return cell
end

-- The states of every step, in order of time, and the last one.
local function step_through(cell, x, backwards)
  local steps, states = {}, {}
  for k = 1, x.shape[1] do
    local t = backwards and x.shape[1] + 1 - k or k
    states = {cell(x[t], table.unpack(states))}
    steps[t] = states[1]
  end
  return sg.stack(steps, 1), table.unpack(states)
end

TestRecurrent = {}

local kinds = {{nn.RNN, nn.RNNCell}, {nn.GRU, nn.GRUCell}, {nn.LSTM, nn.LSTMCell}}

function TestRecurrent:testALayerIsItsCellStepByStep()
  for _, kind in ipairs(kinds) do
    local layer, x = kind[1](3, 2, with {}), sg.randn(5, 4, 3, f64)
    local y, h, c = layer(x)
    local steps, last_h, last_c = step_through(cell_of(kind[2], layer, "_l0", 3), x)
    assert_same(y, steps)
    assert_same(h[1], last_h)
    if c then assert_same(c[1], last_c) end
    lu.assertEquals(c == nil, kind[1] ~= nn.LSTM)
  end
end

function TestRecurrent:testLayersAndDirections()
  for _, kind in ipairs(kinds) do
    local layer = kind[1](3, 2, with {num_layers = 2, bidirectional = true, batch_first = true})
    local x = sg.randn(4, 5, 3, f64)
    local y, h = layer(x)
    local seen, last, width = x:transpose(1, 2), {}, 3
    for l = 0, 1 do
      local sides = {}
      for d, suffix in ipairs {"_l" .. l, "_l" .. l .. "_reverse"} do
        sides[d], last[#last + 1] = step_through(cell_of(kind[2], layer, suffix, width), seen, d == 2)
      end
      seen, width = sg.cat(sides, 3), 4
    end
    assert_same(y, seen:transpose(1, 2))
    assert_same(h, sg.stack(last, 1))
  end
end

function TestRecurrent:testStatesAreGoneOnFrom()
  for _, kind in ipairs(kinds) do
    local layer, x = kind[1](3, 2, with {num_layers = 2}), sg.randn(5, 4, 3, f64)
    local y = layer(x)
    local states = {select(2, layer(x[{{1, 2}}]))}
    assert_same(layer(x[{{3, 5}}], table.unpack(states)), y[{{3, 5}}])
  end
end

function TestRecurrent:testParametersHaveTheNamesOfPyTorch()
  lu.assertEquals(names_of(nn.GRU(3, 2, {bidirectional = true})), {
    "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
    "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse", "bias_hh_l0_reverse",
  })
  lu.assertEquals(names_of(nn.RNN(3, 2, {num_layers = 2, bias = false})),
    {"weight_ih_l0", "weight_hh_l0", "weight_ih_l1", "weight_hh_l1"})
  lu.assertEquals(names_of(nn.LSTMCell(3, 2, {bias = false})), {"weight_ih", "weight_hh"})
  lu.assertEquals(nn.LSTM(3, 2, {num_layers = 2}).weight_ih_l1.shape, {8, 2})
  for _, parameter in ipairs(nn.GRU(3, 16):parameters()) do lu.assertTrue(parameter:abs():amax():item() <= 0.25) end
end

function TestRecurrent:testDropoutIsThatOfTraining()
  local layer, x = nn.RNN(3, 4, with {num_layers = 2, dropout = 0.5, nonlinearity = "relu"}), sg.randn(5, 4, 3, f64)
  lu.assertNotEquals(layer(x):totable(), layer(x):totable())
  layer:eval()
  lu.assertEquals(layer(x):totable(), layer(x):totable())
end

function TestRecurrent:testGradients()
  for _, kind in ipairs(kinds) do
    local layer = kind[1](3, 2, with {bidirectional = true})
    lu.assertTrue(sg.gradcheck(layer, {sg.randn(3, 2, 3)}).ok)
  end
end

-- Sums before a saturating function may leave the range of f32 where the function does not.
function TestRecurrent:testSumsBeyondTheRange()
  local x, w = sg.full({1, 2}, 1e30), sg.tensor {{1e30, -1e30}}
  lu.assertEquals(sg.rnn_tanh_cell(x, nil, w, sg.zeros(1, 1)):totable(), {{0}})
  local y = sg.rnn_tanh(x:reshape(1, 1, 2), nil, {w, sg.zeros(1, 1)}, {has_biases = false})
  lu.assertEquals(y:totable(), {{{0}}})
end

function TestRecurrent:testWhatIsRefused()
  lu.assertStrContains(error_of(nn.RNN, 3, 2, {nonlinearity = "tan"}),
    "RNN: nonlinearity is \"tan\", expected one of tanh, relu")
  lu.assertStrContains(error_of(nn.GRU, 3, 2, {nonlinearity = "tanh"}), "GRU: unknown option 'nonlinearity'")
  lu.assertStrContains(error_of(nn.LSTM, 3, 0), "LSTM: hidden_size is 0")
  lu.assertStrContains(error_of(nn.LSTM, 3, 2, {num_layers = 0}), "LSTM: num_layers is 0")
  lu.assertStrContains(error_of(nn.LSTM, 3, 2, {dropout = 1}), "LSTM: dropout is 1")
  lu.assertStrContains(error_of(nn.LSTMCell, 3, 2, {bias = 1}), "LSTMCell: bias is 1, expected true or false")
  lu.assertStrContains(error_of(nn.LSTM(3, 2), sg.zeros(5, 4, 2)), "expected [8, 2]")
end

os.exit(lu.LuaUnit.run())
