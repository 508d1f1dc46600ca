-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A training loop without sg.tidy must not grow: the highest level of the engine's and of Lua's memory is the same
-- early and late. bench/lua_memory.lua watches the resident size over 100,000 steps.

local lu = require "luaunit"
local sg = require "selenograd"
local nn, optim = sg.nn, sg.optim

TestTrainingMemory = {}

-- The highest levels, in bytes, over a number of steps.
local function highest(step, count)
  local engine, lua = 0, 0
  for _ = 1, count do
    step()
    local memory = sg.memory()
    engine = math.max(engine, memory.live_bytes + memory.cached_bytes)
    lua = math.max(lua, 1024 * collectgarbage("count"))
  end
  return engine, lua
end

-- What is in use once nothing is waiting for the collector; a second time for what finalizers let go of.
local function in_use()
  collectgarbage()
  collectgarbage()
  local memory = sg.memory()
  return {memory.live_tensors, memory.live_nodes, memory.live_bytes}
end

-- Nothing is left of a step once it is collected, exactly. How much waits for the collector depends on where in a
-- step its cycles begin, which drifts: levels that hold differ by up to a half.
function TestTrainingMemory:testHoldsItsLevel()
  sg.manual_seed(1)
  local model = nn.Sequential(nn.Linear(8, 16, {bias = false}), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
  local optimizer = optim.Adam(model:parameters())
  local x, labels = sg.randn(16, 8), sg.randint(1, 4, {16})
  local function step()
    local loss = sg.cross_entropy(model(x), labels)
    optimizer:zero_grad()
    loss:backward()
    optimizer:step()
  end
  highest(step, 500)
  local engine_early, lua_early = highest(step, 1000)
  local before = in_use()
  local engine_late, lua_late = highest(step, 1000)
  lu.assertEquals(in_use(), before)
  lu.assertTrue(engine_late <= 1.75 * engine_early, engine_early .. " bytes grew to " .. engine_late)
  lu.assertTrue(lua_late <= 1.25 * lua_early, lua_early .. " bytes of Lua grew to " .. lua_late)
end

os.exit(lu.LuaUnit.run())
