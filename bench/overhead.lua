-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What one recorded op costs from Lua beside its arithmetic: add of one element, recorded, differentiated and
-- collected. Run with: selenograd --threads 1 bench/overhead.lua
local sg = require "selenograd"

local chain, rounds, repeats = 100, 20, 101

local function median(times)
  table.sort(times)
  return times[#times // 2 + 1]
end

-- Median nanoseconds of one op in `body`, which applies `ops` of them.
local function measure(ops, body)
  local times = {}
  body()
  for i = 1, repeats do
    local start = sg.time()
    body()
    times[i] = (sg.time() - start) / ops * 1e9
  end
  return median(times)
end

local a = sg.ones(1, {requires_grad = true})
local b = sg.ones(1, {requires_grad = true})

local function single()
  for _ = 1, chain * rounds do
    (a + b):backward()
  end
end

local function long_chain()
  for _ = 1, rounds do
    local y = a
    for _ = 1, chain do
      y = y + b
    end
    y:backward()
  end
end

print("recorded add of one element from Lua, forward + backward, f32, one thread (goal: under 500 ns for each op)")
print(("one op and a backward of its own   %7.1f ns"):format(measure(chain * rounds, single)))
print(("each op in a chain of %d          %7.1f ns"):format(chain, measure(chain * rounds, long_chain)))
