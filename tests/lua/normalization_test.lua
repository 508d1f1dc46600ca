-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.LayerNorm, nn.RMSNorm, nn.GroupNorm and nn.InstanceNorm1d/2d/3d, against numbers of PyTorch 1.13.1 (torch.nn,
-- float64), their gradients, and what they refuse.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of = support.error_of
local nn = sg.nn

local function assert_close(tensor, expected)
  local values = tensor:flatten():totable()
  lu.assertEquals(#values, #expected)
  for i, value in ipairs(values) do
    lu.assertAlmostEquals(value, expected[i], 1e-12 * (1 + math.abs(expected[i])))
  end
end

-- Element i, in row-major order, is f(i).
local function numbers(shape, f)
  local count, values = 1, {}
  for _, extent in ipairs(shape) do count = count * extent end
  for i = 1, count do values[i] = f(i) end
  return sg.tensor(values, {dtype = "f64"}):reshape(shape)
end

TestNormalization = {}

-- x_i = i^1.5 / 10 of shape (2, 4, 3), weight_i = (i - 1) / 7 + 0.5, bias_i = (i - 1) / 7 + 1. Expected: y and
-- d_x of the first sample, and the gradients of weight and bias, for the cotangent (i - 1) / 5.
local golden = {
  {nn.LayerNorm({4, 3}, {dtype = "f64"}),
    {
      0.330362959174471, 0.372399616319819, 0.487286988389613, 0.685444520986907, 0.9763444880565,
      1.36864902745178, 1.87036786404297, 2.48897937732561, 3.23152086935797, 4.10465682541667,
      5.1147316356397, 6.26781116950353},
    {
      0.150979057924163, 0.0920746943253447, 0.0305956771613937, -0.0245478148669756, -0.0682061905049118,
      -0.0969049092733685, -0.108093222621309, -0.0997947977703969, -0.0704195977878768,
      -0.0186522367714824, 0.0566190819250821, 0.156350258260336},
    {
      -3.64248142288898, -3.54122903414939, -3.24264809691976, -2.7220976389843, -1.95876120142016,
      -0.934139014234422, 0.368653908974918, 1.96528582185622, 3.87046113828706, 6.09809363682195,
      8.66143162626698, 11.5731521177515},
    {
      2.4, 2.8, 3.2, 3.6, 4, 4.4, 4.8, 5.2, 5.6, 6, 6.4, 6.8}},
  {nn.GroupNorm(2, 4, {dtype = "f64"}),
    {
      0.349878586331093, 0.543153347285529, 0.793434878758982, 1.25833604475444, 1.69056663001067,
      2.16849713789483, 0.177696822036114, 0.587058296792289, 1.0228747675554, 1.66246957113152,
      2.23495060146191, 2.83408216947246},
    {
      -0.0266722068034185, -0.000372430513674568, -0.0286715596863979, 0.0800853904863823,
      0.0299197498031288, -0.0542889432860196, 0.0352740614310813, -0.0294873920148511, -0.111316441986931,
      0.116959913452226, 0.0400261104793289, -0.0514562513608514},
    {
      -6.97514128861918, 11.060773339734, -13.258391321775, 17.3553167523544},
    {
      8.4, 12, 15.6, 19.2}},
  {nn.InstanceNorm1d(4, {affine = true, dtype = "f64"}),
    {
      0.415568039931369, 0.947683803334243, 1.63674815673439, 0.369075546555726, 1.11651478715652,
      1.94298109485918, 0.333650254027147, 1.26563771438495, 2.25785488873076, 0.300062930317737,
      1.41132730947101, 2.57432404592554},
    {
      -0.0281736707242413, 0.049580749741533, -0.0214070790172921, -0.00831677302135573,
      0.0157186566644425, -0.00740188364308653, -0.00491925366249546, 0.00946648873234593,
      -0.00454723506984821, -0.00357316802051466, 0.00693317216778825, -0.00336000414727226},
    {
      0.978332266468005, 0.979530175594899, 0.979674562199717, 0.979722053495603},
    {
      8.4, 12, 15.6, 19.2}},
}

function TestNormalization:testAgainstPyTorch()
  for _, case in ipairs(golden) do
    local layer, y, d_x, d_weight, d_bias = table.unpack(case)
    sg.no_grad(function()
      layer.weight:copy_(numbers(layer.weight.shape, function(i) return (i - 1) / 7 + 0.5 end))
      layer.bias:copy_(numbers(layer.bias.shape, function(i) return (i - 1) / 7 + 1 end))
    end)
    local x = numbers({2, 4, 3}, function(i) return i ^ 1.5 / 10 end)
    x.requires_grad = true
    local out = layer(x)
    assert_close(out:detach()[1], y)
    out:backward(numbers({2, 4, 3}, function(i) return (i - 1) / 5 end))
    assert_close(x.grad[1], d_x)
    assert_close(layer.weight.grad, d_weight)
    assert_close(layer.bias.grad, d_bias)
  end
end

-- 1 and 7 have the root mean square 5.
function TestNormalization:testRmsByHand()
  local layer = nn.RMSNorm(2, {eps = 0, dtype = "f64"})
  assert_close(layer(sg.tensor({{1, -7}, {14, 2}}, {dtype = "f64"})):detach(), {0.2, -1.4, 1.4, 0.2})
  lu.assertNil(layer.bias)
  lu.assertEquals(nn.RMSNorm(2).eps, -1)
end

function TestNormalization:testGradients()
  local x = numbers({2, 4, 3}, function(i) return math.sin(i * i) end)
  local y = numbers({2, 2, 3, 2}, function(i) return math.sin(i * i) end)
  local z = numbers({2, 2, 2, 1, 3}, function(i) return math.sin(i * i) end)
  for _, case in ipairs {
    {nn.LayerNorm(3), x}, {nn.LayerNorm({4, 3}, {bias = false}), x},
    {nn.LayerNorm(3, {elementwise_affine = false}), x},
    {nn.RMSNorm(3), x}, {nn.RMSNorm({4, 3}, {elementwise_affine = false}), x},
    {nn.GroupNorm(2, 4), x}, {nn.GroupNorm(1, 2, {affine = false}), y},
    {nn.InstanceNorm1d(4), x}, {nn.InstanceNorm2d(2, {affine = true}), y},
    {nn.InstanceNorm3d(2, {affine = true}), z},
  } do
    sg.assert_gradcheck(case[1], {case[2]})
  end
end

function TestNormalization:testParameters()
  local layer = nn.LayerNorm({2, 3})
  lu.assertEquals(layer.weight.shape, {2, 3})
  lu.assertEquals(layer.bias.shape, {2, 3})
  sg.no_grad(function() layer.weight:fill_(4) end)
  layer:reset_parameters()
  lu.assertEquals(layer.weight:flatten():totable(), {1, 1, 1, 1, 1, 1})
  lu.assertEquals(tostring(nn.LayerNorm({2, 3}, {eps = 0.5})),
    "LayerNorm((2, 3), eps=0.5, elementwise_affine=true)")
  lu.assertEquals(tostring(nn.GroupNorm(2, 4)), "GroupNorm(2, 4, eps=1e-05, affine=true)")
  lu.assertEquals(tostring(nn.InstanceNorm2d(3)), "InstanceNorm2d(3, eps=1e-05, affine=false)")
  lu.assertNil(nn.InstanceNorm2d(3).weight)
  lu.assertNil(nn.LayerNorm(3, {bias = false}).bias)
  lu.assertEquals(nn.GroupNorm(2, 4, {dtype = "f64"}).weight.dtype, "f64")
end

function TestNormalization:testMistakes()
  local x = sg.ones(2, 4, 3)
  for message, f in pairs {
    ["LayerNorm: normalized_shape is missing"] = function() nn.LayerNorm() end,
    ["LayerNorm: normalized_shape is empty"] = function() nn.LayerNorm({}) end,
    ["LayerNorm: normalized_shape is given twice"] = function() nn.LayerNorm(3, {normalized_shape = 3}) end,
    ["LayerNorm: unknown option 'epsilon'"] = function() nn.LayerNorm(3, {epsilon = 1}) end,
    ["LayerNorm: eps is -1, expected a value of at least 0"] = function() nn.LayerNorm(3, {eps = -1}) end,
    ["layer_norm: x has shape [2, 4, 3], expected one that ends with normalized_shape [4]"] =
      function() nn.LayerNorm(4)(x) end,
    ["RMSNorm: unknown option 'bias'"] = function() nn.RMSNorm(3, {bias = true}) end,
    ["GroupNorm: num_channels is 4, expected a multiple of num_groups = 3"] = function() nn.GroupNorm(3, 4) end,
    ["GroupNorm: num_groups is 0, expected a value of at least 1"] = function() nn.GroupNorm(0, 4) end,
    ["GroupNorm: x has shape [2, 4, 3], expected num_channels = 6 channels"] = function() nn.GroupNorm(3, 6)(x) end,
    ["InstanceNorm1d: x has shape [2, 4, 3], expected num_features = 3 channels"] =
      function() nn.InstanceNorm1d(3)(x) end,
    ["InstanceNorm2d: x has shape [2, 4, 3], expected 4 dimensions (N, C, H, W)"] =
      function() nn.InstanceNorm2d(4)(x) end,
    ["InstanceNorm1d: x is 3, expected a tensor"] = function() nn.InstanceNorm1d(3)(3) end,
    ["instance_norm: x has shape [2, 4, 1]: one value per channel of a sample"] =
      function() nn.InstanceNorm1d(4)(sg.ones(2, 4, 1)) end,
  } do
    lu.assertStrContains(error_of(f), message)
  end
end

os.exit(lu.LuaUnit.run())
