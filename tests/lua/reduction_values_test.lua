-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Reductions where numbers end: infinities, NaN and ties, with their gradients. That of logsumexp is softmax, hence
-- NaN where an x is infinite, and 0 where all are -infinity.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"

TestReductionValues = {}

local inf, nan = math.huge, 0 / 0

local function assert_same(found, expected)
  lu.assertEquals(#found, #expected)
  for i, value in ipairs(expected) do
    if value ~= value then
      lu.assertNaN(found[i])
    elseif math.abs(value) == inf then
      lu.assertEquals(found[i], value)
    else
      lu.assertAlmostEquals(found[i], value, 1e-14 * math.max(1, math.abs(value)))
    end
  end
end

-- Value and gradient of f at x, both f64.
local function at(f, x)
  x = sg.tensor(x, {dtype = "f64", requires_grad = true})
  local y = f(x)
  y:sum():backward()
  return y:item(), x.grad:totable()
end

function TestReductionValues:testLogsumexp()
  local function check(x, value, gradient)
    local y, d_x = at(sg.logsumexp, x)
    assert_same({y}, {value})
    assert_same(d_x, gradient)
  end
  check({-inf, -inf}, -inf, {0, 0})
  check({-inf, 3, -inf}, 3, {0, 1, 0})
  check({-inf, 0, 0}, math.log(2), {0, 0.5, 0.5})
  check({inf, 0}, inf, {nan, nan})
  check({nan, 0}, nan, {nan, nan})
  check({800, 800}, 800 + math.log(2), {0.5, 0.5})
  check({-800, -800}, -800 + math.log(2), {0.5, 0.5})
end

function TestReductionValues:testLogsumexpOfMinusInfinityHasSecondDerivatives()
  local x = sg.tensor({{-inf, -inf}, {-inf, 2}, {0, 0}}, {dtype = "f64", requires_grad = true})
  local d_x = sg.grad(sg.logsumexp(x, 2):sum(), {x}, {create_graph = true})[1]
  local weights = sg.tensor({{1, 2}, {1, 2}, {1, 2}}, {dtype = "f64"})
  assert_same(sg.grad((d_x * weights):sum(), {x})[1]:flatten():totable(), {0, 0, 0, 0, -0.25, 0.25})
end

function TestReductionValues:testStdHasNoGradientWhereItIsZero()
  local function std(x) return sg.std(x, {correction = 0}) end
  for _, x in ipairs {{3}, {2, 2, 2}, {0, 0}} do
    local y, d_x = at(std, x)
    assert_same({y}, {0})
    for _, value in ipairs(d_x) do lu.assertEquals(value, 0) end
  end
  local y, d_x = at(sg.std, {3})
  assert_same({y, d_x[1]}, {nan, nan})
  local x = sg.tensor({{1, 1}, {1, 3}}, {dtype = "f64", requires_grad = true})
  d_x = sg.grad(sg.std(x, 2):sum(), {x}, {create_graph = true})[1]
  assert_same(sg.grad((d_x * d_x):sum(), {x})[1]:flatten():totable(), {0, 0, 0, 0})
end

function TestReductionValues:testStdWhoseSquaresAreNoNumbers()
  for _, size in ipairs {1e200, 1e-200, 1e-161} do
    local x = sg.tensor({size, 3 * size}, {dtype = "f64"})
    lu.assertAlmostEquals(sg.std(x, {correction = 0}):item() / size, 1, 1e-14)
  end
  lu.assertAlmostEquals(sg.std(sg.tensor {-1e30, 1e30}, {correction = 0}):item() / 1e30, 1, 1e-6)
end

function TestReductionValues:testMeansStandBesideVariances()
  local x = sg.tensor({{1, 2}, {3, 7}}, {dtype = "f64", requires_grad = true})
  local deviation, mean = sg.std_mean(x, 2, 0)
  assert_same(deviation:totable(), {0.5, 2})
  assert_same(mean:totable(), {1.5, 5})
  mean:sum():backward()
  assert_same(x.grad:flatten():totable(), {0.5, 0.5, 0.5, 0.5})
end

local function f64(values) return sg.tensor(values, {dtype = "f64", requires_grad = true}) end

-- ---- Norms, sums without NaN ----------------------------------------------------------------------------

function TestReductionValues:testNormsBeyondTheRange()
  for _, size in ipairs {1e200, 1e-200, 1e-161, 1e308} do
    for _, p in ipairs {0.5, 1, 1.5, 2, 3, -1, -2, inf, -inf} do
      local plain = sg.norm(f64 {3, -4}, p):item()
      local y = sg.norm(f64 {size / 8 * 3, size / 8 * -4}, p)
      lu.assertAlmostEquals(y:item() / size * 8, plain, 1e-13)
    end
  end
  lu.assertAlmostEquals(sg.norm(sg.tensor {3e30, 4e30}):item() / 1e30, 5, 1e-6)
  lu.assertAlmostEquals(sg.norm(sg.tensor {3e-30, 4e-30}, 3):item() / 1e-30, 91 ^ (1 / 3), 1e-6)
end

-- Where x is 0 the gradient is, to the second order too, whichever the norm.
function TestReductionValues:testNormsAtZero()
  for _, p in ipairs {0, 0.5, 1, 1.5, 2, 3, -1, -2, inf, -inf} do
    local x = f64 {0, 0}
    local y = sg.norm(x, p)
    lu.assertEquals(y:item(), 0)
    local d_x = sg.grad(y, {x}, {create_graph = true})[1]
    lu.assertEquals((d_x + 0):totable(), {0, 0})
    if d_x.requires_grad then
      local second = sg.grad((d_x * f64 {1, 2}):sum(), {x}, {allow_unused = true})[1]
      if second then lu.assertEquals((second + 0):totable(), {0, 0}) end
    end
  end
  local function gradient(values, p)
    local x = f64(values)
    sg.norm(x, p):backward()
    return x.grad:totable()
  end
  assert_same(gradient({0, 3, -4}, 2), {0, 0.6, -0.8})
  assert_same(gradient({0, 2}, 0.5), {0, 1})
  assert_same(gradient({0, 2}, -1), {0, 0})
  assert_same(gradient({2, -2, 1}, inf), {0.5, -0.5, 0})
  assert_same(gradient({5, 0}, 0), {0, 0})
end

function TestReductionValues:testNormsOfInfinitiesAndNaN()
  local function norm(values, p) return sg.norm(f64(values), p):item() end
  for _, p in ipairs {0.5, 1, 2, 3, inf} do
    lu.assertEquals(norm({1, -inf}, p), inf)
    lu.assertNaN(norm({1, nan}, p))
  end
  for _, p in ipairs {-1, -inf} do
    lu.assertEquals(norm({-inf, inf}, p), inf)
    lu.assertNaN(norm({1, nan}, p))
  end
  lu.assertEquals(norm({-inf, 2}, -1), 2)
  lu.assertEquals(norm({0, nan, 3}, 0), 2)
end

function TestReductionValues:testSumsWithoutNaN()
  local y, d_x = at(sg.nansum, {1, nan, 2})
  assert_same({y}, {3})
  assert_same(d_x, {1, 0, 1})
  y, d_x = at(sg.nanmean, {1, nan, 2})
  assert_same({y}, {1.5})
  assert_same(d_x, {0.5, 0, 0.5})
  y, d_x = at(sg.nansum, {nan, nan})
  assert_same({y}, {0})
  assert_same(d_x, {0, 0})
  y, d_x = at(sg.nanmean, {nan, nan})
  assert_same({y}, {nan})
  assert_same(d_x, {0, 0})
  assert_same({(at(sg.nansum, {1.5e308, nan, 1.5e308, -1.5e308}))}, {1.5e308})
end

-- ---- Products -----------------------------------------------------------------------------------------

-- The gradient of a factor is the product of all others, 0 or not, and its own derivatives are products too.
function TestReductionValues:testProductsOfZeros()
  local function check(x, value, gradient)
    local y, d_x = at(sg.prod, x)
    assert_same({y}, {value})
    assert_same(d_x, gradient)
    if #x > 0 then assert_same({sg.cumprod(f64(x), 1)[#x]:item()}, {value}) end
  end
  check({2, 3, 4}, 24, {12, 8, 6})
  check({2, 0, 4}, 0, {0, 8, 0})
  check({0, 3, 0}, 0, {0, 0, 0})
  check({}, 1, {})
  check({-1.5}, -1.5, {1})
  check({2, inf, 3}, inf, {inf, 6, inf})
  check({2, nan, 3}, nan, {nan, 6, nan})
  check({0, inf}, nan, {inf, 0})
end

-- The third mixed derivative of x1 x2 x3 is 1, wherever they are; the second by one of them is 0.
function TestReductionValues:testProductsOfZerosToThirdOrder()
  for _, product in ipairs {sg.prod, function(x) return sg.cumprod(x, 1)[3] end} do
    for _, values in ipairs {{2, 3, 4}, {0, 3, 4}, {0, 0, 4}, {0, 0, 0}} do
      local x = f64(values)
      local first = sg.grad(product(x), {x}, {create_graph = true})[1]
      local second = sg.grad(first[1], {x}, {create_graph = true})[1]
      assert_same(second:totable(), {0, values[3], values[2]})
      assert_same(sg.grad(second[2], {x})[1]:totable(), {0, 0, 1})
    end
  end
end

-- On the way products leave the range of the dtype.
function TestReductionValues:testProductsOfLargeAndSmallNumbers()
  local y, d_x = at(sg.prod, {1e200, 1e200, 1e-200, 1e-300})
  assert_same({y * 1e100}, {1})
  assert_same({d_x[1] * 1e300, d_x[3] * 1e-100, d_x[4] * 1e-200}, {1, 1, 1})
  for _, reverse in ipairs {false, true} do
    local x = sg.tensor({1e200, 1e200, 1e-200, 1e-200, 1e-200, 1e200}, {dtype = "f64"})
    local so_far = sg.cumprod(x, 1, {reverse = reverse}):totable()
    assert_same({so_far[reverse and 1 or 6]}, {1})
  end
  local many = sg.cat {sg.full({300}, 0.01), sg.full({300}, 100)}
  many.requires_grad = true
  many:prod():backward()
  lu.assertAlmostEquals(many:prod():item(), 1, 1e-4) -- 600 roundings of 0.01 to f32
  for i, slope in ipairs(many.grad:totable()) do lu.assertAlmostEquals(slope, i <= 300 and 100 or 0.01, 1e-2) end
  local subnormal = sg.tensor({5e-324, 0.5e300, 3e23}, {dtype = "f64"})
  lu.assertAlmostEquals(subnormal:prod():item(), 5e-324 * 0.5e300 * 3e23, 1e-15)
end

-- ---- Along a dimension ----------------------------------------------------------------------------------

-- A million terms 0.1: added one by one, the last sum is wrong by 1e-6 in f64 and by 900 in f32.
function TestReductionValues:testCumulativeSumsKeepTheirDigits()
  local n = 1000000
  local sums = sg.cumsum(sg.full({n}, 0.1, {dtype = "f64"}), 1)
  lu.assertEquals(sums[n]:item(), 100000)
  lu.assertEquals(sums[n / 2]:item(), 50000)
  lu.assertAlmostEquals(sg.cumsum(sg.full({n}, 0.1), 1)[n]:item(), 100000.0015, 0.008)
  local columns = sg.cumsum(sg.full({n // 10, 3}, 0.1, {dtype = "f64"}), 1, {reverse = true})
  lu.assertEquals(columns[1]:totable(), {10000, 10000, 10000})
end

-- What is a number is one, though sums before it are none.
function TestReductionValues:testCumulativeSumsBeyondTheRange()
  local function sums(x) return sg.cumsum(sg.tensor(x, {dtype = "f64"}), 1):totable() end
  assert_same(sums {1.5e308, 1.5e308, -1.5e308, -1e308}, {1.5e308, inf, 1.5e308, 5e307})
  assert_same(sums {1, inf, 2, -inf, 3}, {1, inf, inf, nan, nan})
  assert_same(sums {1, nan, 2}, {1, nan, nan})
end

function TestReductionValues:testLogcumsumexp()
  local function check(x, values, gradient)
    local leaf = f64(x)
    local y = sg.logcumsumexp(leaf, 1)
    assert_same(y:totable(), values)
    y[#x]:backward()
    assert_same(leaf.grad:totable(), gradient)
  end
  check({0, 0}, {0, math.log(2)}, {0.5, 0.5})
  check({-inf, -inf}, {-inf, -inf}, {0, 0})
  check({-inf, 3, -inf}, {-inf, 3, 3}, {0, 1, 0})
  check({800, 800}, {800, 800 + math.log(2)}, {0.5, 0.5})
  check({-800, -800}, {-800, -800 + math.log(2)}, {0.5, 0.5})
  check({0, inf, 1}, {0, inf, inf}, {0, 1, 0})
  check({0, nan, 1}, {0, nan, nan}, {nan, nan, nan})
  check({1e20, 0.25, 0.75}, {1e20, 1e20, 1e20}, {1, 0, 0})
  -- Far below what comes, its own share is still what it was.
  local x = f64 {0.25, 0.75, 1e20}
  sg.logcumsumexp(x, 1)[2]:backward()
  local share = 1 / (1 + math.exp(-0.5))
  assert_same(x.grad:totable(), {1 - share, share, 0})
end

-- The last of those that tie, as in PyTorch; NaN stays.
function TestReductionValues:testCumulativeExtremes()
  local x = f64 {1, 3, 3, 2, nan, 9}
  local values, indices = sg.cummax(x, 1)
  assert_same(values:totable(), {1, 3, 3, 3, nan, nan})
  lu.assertEquals(indices:totable(), {1, 2, 3, 3, 5, 5})
  values[4]:backward()
  lu.assertEquals(x.grad:totable(), {0, 0, 1, 0, 0, 0})
  local bools = sg.tensor({true, false, true}, {dtype = "bool"})
  lu.assertEquals(bools:cummin(1):totable(), {true, false, false})
end

-- ---- In order -----------------------------------------------------------------------------------------

-- Equal elements keep their order from either end, NaN is larger than everything, as in PyTorch; short and long.
function TestReductionValues:testSort()
  local values, indices = sg.sort(f64 {2, nan, -inf, 2, inf, nan, 0})
  assert_same(values:totable(), {-inf, 0, 2, 2, inf, nan, nan})
  lu.assertEquals(indices:totable(), {3, 7, 1, 4, 5, 2, 6})
  values, indices = sg.sort(f64 {2, nan, -inf, 2, inf, nan, 0}, 1, true)
  assert_same(values:totable(), {nan, nan, inf, 2, 2, 0, -inf})
  lu.assertEquals(indices:totable(), {2, 6, 5, 1, 4, 7, 3})
  lu.assertEquals(sg.argsort(sg.tensor {0.0, -0.0, 0.0}):totable(), {1, 2, 3})
  local numbers, order = {}, {}
  for i = 1, 5000 do
    numbers[i] = (i * 7919 % 1013 - 500) * 1e-3
    order[i] = i
  end
  for _, dtype in ipairs {"f32", "f64"} do
    for _, descending in ipairs {false, true} do
      table.sort(order, function(i, j)
        if numbers[i] == numbers[j] then return i < j end
        return (numbers[i] < numbers[j]) ~= descending
      end)
      local found = sg.argsort(sg.tensor(numbers, {dtype = dtype}), 1, descending)
      lu.assertEquals(found:totable(), order)
    end
  end
end

function TestReductionValues:testGradientsGoWhereRanksCameFrom()
  local function gradient(f)
    local x = f64 {{3, 1, 2}, {5, 9, 7}}
    f(x):sum():backward()
    return x.grad:flatten():totable()
  end
  local weights = sg.tensor({1, 10, 100}, {dtype = "f64"})
  lu.assertEquals(gradient(function(x) return sg.sort(x) * weights end), {100, 1, 10, 1, 100, 10})
  lu.assertEquals(gradient(function(x) return (sg.topk(x, 2)) end), {1, 0, 1, 0, 1, 1})
  lu.assertEquals(gradient(function(x) return (sg.kthvalue(x, 1)) end), {0, 1, 0, 1, 0, 0})
  lu.assertEquals(gradient(function(x) return (sg.kthvalue(x, 2, 1)) end), {0, 0, 0, 1, 1, 1})
  lu.assertEquals(gradient(function(x) return (sg.median(x, 2)) end), {0, 0, 1, 0, 0, 1})
  lu.assertEquals(gradient(function(x) return (sg.median(x)) end), {1, 0, 0, 0, 0, 0})
  local value, index = sg.median(f64 {4, nan, 1, nan, 3})
  lu.assertNaN(value:item())
  lu.assertEquals(index:item(), 2)
end

-- Long enough for a bound that moves; NaN is the largest, and of equal elements the first ones come.
function TestReductionValues:testTopkAgreesWithSort()
  local numbers = {}
  for i = 1, 3000 do numbers[i] = (i * 7919 % 257 - 100) * 1e-2 end
  for i = 500, 1500, 100 do numbers[i] = nan end
  for _, dtype in ipairs {"f32", "f64"} do
    for _, order in ipairs {"as they are", "rising", "falling"} do
      local x = sg.tensor(numbers, {dtype = dtype})
      if order ~= "as they are" then x = sg.sort(x, 1, order == "falling") end
      for _, largest in ipairs {false, true} do
        local values, indices = sg.topk(x, 50, 1, largest)
        local sorted, positions = sg.sort(x, 1, largest)
        assert_same(values:totable(), sorted:narrow(1, 1, 50):totable())
        lu.assertEquals(indices:totable(), positions:narrow(1, 1, 50):totable())
      end
    end
  end
end

-- 1 / std is beyond the range of f64, and the gradient is not.
function TestReductionValues:testGradientOfATinyDeviation()
  local x = f64 {1e-310, 3e-310}
  x.requires_grad = true
  sg.std(x):backward()
  lu.assertAlmostEquals(x.grad:totable(), {-0.5 ^ 0.5, 0.5 ^ 0.5}, 1e-12)
end

local function constant(values) return sg.tensor(values, {dtype = "f64"}) end

function TestReductionValues:testUniqueAndCounts()
  local y, inverse, counts = sg.unique(sg.tensor {{3, 1, 3}, {7, 1, 3}})
  lu.assertEquals(y:totable(), {1, 3, 7})
  lu.assertEquals(inverse:totable(), {{2, 1, 2}, {3, 1, 2}})
  lu.assertEquals(counts:totable(), {2, 3, 1})
  lu.assertEquals(sg.unique(constant {nan, 1, nan}).shape[1], 3)
  local labels = sg.tensor({1, 3, 1}, {dtype = "i64"})
  lu.assertEquals(sg.bincount(labels):totable(), {2, 0, 1})
  local weights = f64 {0.5, 2, 4}
  weights.requires_grad = true
  local sums = sg.bincount(labels, weights, {minlength = 4})
  lu.assertEquals(sums:totable(), {4.5, 0, 2, 0})
  sums:sum():backward()
  lu.assertEquals(weights.grad:totable(), {1, 1, 1})
  lu.assertErrorMsgContains("gradient", sg.unique, weights)
  lu.assertErrorMsgContains("gradient", sg.histc, weights)
end

function TestReductionValues:testPlacesInOrder()
  local line = f64 {1, 3, 3, 5}
  lu.assertEquals(sg.searchsorted(line, f64 {3, 0, nan}):totable(), {2, 1, 5})
  lu.assertEquals(sg.searchsorted(line, f64 {3, 0, nan}, {right = true}):totable(), {4, 1, 5})
  lu.assertEquals(sg.bucketize(f64 {4, 5}, line):totable(), {4, 4})
  lu.assertEquals(sg.histc(constant {0, 0.1, nan, 1, 2}, 2, 0, 1):totable(), {2, 1})
  lu.assertEquals(sg.histc(constant {0, 1, 2, 2.5, 4, 9}, 4, 0, 4):totable(), {1, 1, 2, 1})
  local value, index = sg.nanmedian(f64 {nan, 4, 1, nan, 3})
  lu.assertEquals({value:item(), index:item()}, {3, 5})
  lu.assertNaN((sg.nanmedian(f64 {nan, nan})):item())
end

function TestReductionValues:testQuantilesOfSeveralShares()
  local x = f64 {{3, 1, 2, 4}, {5, 9, 7, 8}}
  lu.assertEquals(x:quantile({0.5, 0, 1}, 2):totable(), {{2.5, 7.5}, {1, 5}, {4, 9}})
  lu.assertEquals(x:quantile(constant {0.5, 1}, 2, true):totable(), {{{2.5}, {7.5}}, {{4}, {9}}})
  lu.assertEquals(x:quantile(constant(0.5), 2):totable(), {2.5, 7.5})
  lu.assertEquals(x:quantile({0.5}, 2).shape, {1, 2})
  lu.assertEquals(x:quantile({qs = {0, 1}}):totable(), {1, 9})
  lu.assertEquals(x:quantile({q = 0.25, dim = 2, interpolation = "higher"}):totable(), {2, 7})
  lu.assertErrorMsgContains("requires a gradient", sg.quantile, x, sg.tensor({0.5}, {requires_grad = true}))
  lu.assertErrorMsgContains("qs is 2", sg.quantile, x, {0.5, 2})
  lu.assertErrorMsgContains("no share is given", sg.quantile, x)
end

function TestReductionValues:testQuantilesBesideNan()
  local x = f64({{nan, 1, 3}, {2, nan, nan}, {nan, nan, nan}, {4, 5, 6}}):requires_grad_(true)
  local y = x:nanquantile({0.5, 1}, 2)
  lu.assertEquals(y[{{}, {1, 2}}]:totable(), {{2, 2}, {3, 2}})
  lu.assertEquals(y:isnan():totable(), {{false, false, true, false}, {false, false, true, false}})
  y[{{}, {1, 2}}]:sum():backward()
  lu.assertEquals(x.grad:totable(), {{0, 0.5, 1.5}, {2, 0, 0}, {0, 0, 0}, {0, 0, 0}})
  lu.assertEquals(x:quantile(0.5, 2):isnan():totable(), {true, true, true, false})
  lu.assertEquals(x:quantile(0.5, 2)[4]:item(), 5)
  x.grad = nil
  x:quantile({0.5, 0.9}, 2):sum():backward() -- to the first NaN alone, where there is one
  lu.assertEquals(x.grad[{{1, 3}}]:totable(), {{2, 0, 0}, {0, 2, 0}, {2, 0, 0}})
  local edges = f64 {-1 / 0, 1 / 0, 0, 1}
  lu.assertEquals(edges:quantile({0, 1}):totable(), {-1 / 0, 1 / 0})
  lu.assertEquals(edges:quantile(0.75, {interpolation = "lower"}):item(), 1)
end

os.exit(lu.LuaUnit.run())
