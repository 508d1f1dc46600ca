-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.init: the distributions, and the defaults of the layers.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of
local nn = sg.nn

TestInit = {}

local function extremes(tensor)
  local low, high = math.huge, -math.huge
  for _, value in ipairs(tensor:reshape({tensor:numel()}):totable()) do
    low, high = math.min(low, value), math.max(high, value)
  end
  return low, high
end

-- The samples lie in +-bound and come close to it.
local function assert_uniform(tensor, bound)
  local low, high = extremes(tensor)
  lu.assertTrue(low >= -bound and low < -0.9 * bound)
  lu.assertTrue(high <= bound and high > 0.9 * bound)
end

function TestInit:testDefaults()
  sg.manual_seed(1)
  local linear = nn.Linear(16, 200)
  assert_uniform(linear.weight, 1 / 4)
  assert_uniform(linear.bias, 1 / 4)
  local conv = nn.Conv2d(4, 100, 3)
  assert_uniform(conv.weight, 1 / 6)
  assert_uniform(conv.bias, 1 / 6)
  sg.manual_seed(1)
  lu.assertEquals(nn.Linear(16, 200).weight:totable(), linear.weight:totable())
end

function TestInit:testSchemes()
  sg.manual_seed(2)
  local tensor = sg.zeros(50, 30, {dtype = "f64"})
  assert_uniform(nn.init.kaiming_uniform_(tensor, {nonlinearity = "relu"}), math.sqrt(6 / 30))
  assert_uniform(nn.init.kaiming_uniform_(tensor, {mode = "fan_out", nonlinearity = "linear"}), math.sqrt(3 / 50))
  assert_uniform(nn.init.xavier_uniform_(tensor), math.sqrt(6 / 80))
  local deviation = function() return math.sqrt((tensor * tensor):mean():item()) end
  nn.init.kaiming_normal_(tensor)
  lu.assertAlmostEquals(deviation(), math.sqrt(2 / 30), 0.02)
  nn.init.xavier_normal_(tensor, 2)
  lu.assertAlmostEquals(deviation(), 2 * math.sqrt(2 / 80), 0.03)
  nn.init.constant_(tensor, 3)
  lu.assertEquals({extremes(tensor)}, {3, 3})
  lu.assertStrContains(error_of(nn.init.kaiming_uniform_, sg.zeros(3)), "at least 2 dimensions")
  lu.assertStrContains(error_of(nn.init.uniform_, tensor, 2, 1), "init.uniform_: high is 1, expected at least low")
  lu.assertEquals({extremes(tensor)}, {3, 3})
  lu.assertEquals({extremes(nn.init.uniform_(tensor, 2, 2))}, {2, 2})
end

function TestInit:testWorksOnParameters()
  local layer = nn.Linear(3, 3)
  nn.init.zeros_(layer.weight)
  lu.assertEquals({extremes(layer.weight)}, {0, 0})
  lu.assertTrue(layer.weight.requires_grad)
end

os.exit(lu.LuaUnit.run())
