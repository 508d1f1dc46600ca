-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A backward pass that runs into the memory limit says so, changes no gradient and leaves the program usable.

local lu = require "luaunit"
local sg = require "selenograd"

TestMemoryLimit = {}

function TestMemoryLimit:tearDown() sg.set_memory_limit(0) end

function TestMemoryLimit:testBackwardHalfWay()
  local x = sg.randn(64, 1024, {requires_grad = true})
  local y = x
  for _ = 1, 12 do y = (y * y):tanh() + y end
  local loss = y:sum()
  y = nil
  collectgarbage()
  sg.set_memory_limit(sg.memory().live_bytes + 6 * 64 * 1024)
  local done, message = pcall(loss.backward, loss)
  sg.set_memory_limit(0)
  lu.assertFalse(done)
  lu.assertStrContains(tostring(message), "out of memory")
  lu.assertNil(x.grad)
  x:sum():backward()
  lu.assertEquals(x.grad:sum():item(), 64 * 1024)
end

os.exit(lu.LuaUnit.run())
