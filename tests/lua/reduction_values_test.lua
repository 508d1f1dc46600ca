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

os.exit(lu.LuaUnit.run())
