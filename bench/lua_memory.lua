-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Trains a small batch-normalized network for many steps without sg.tidy and watches the resident size: after the
-- warm-up it must hold within 1 %.
--   selenograd bench/lua_memory.lua [steps, default 100000]

local sg = require "selenograd"
local nn, optim = sg.nn, sg.optim

local steps = tonumber(arg[1]) or 100000
local warm_up = steps // 10

-- Resident size of this process in pages (Linux).
local function resident_pages()
  local file = assert(io.open("/proc/self/statm"), "needs /proc/self/statm")
  local _, pages = file:read("n", "n")
  file:close()
  return pages
end

sg.manual_seed(1)
local model = nn.Sequential(nn.Linear(8, 16, {bias = false}), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))
local optimizer = optim.Adam(model:parameters())
local x = sg.randn(16, 8)
local labels = sg.randint(1, 4, 16)

local function step()
  local loss = sg.cross_entropy(model(x), labels)
  optimizer:zero_grad()
  loss:backward()
  optimizer:step()
end

for _ = 1, warm_up do step() end
local least, most = math.huge, 0
local start = sg.time()
for i = 1, steps - warm_up do
  step()
  if i % math.max(1, steps // 1000) == 0 then
    local pages = resident_pages()
    least, most = math.min(least, pages), math.max(most, pages)
  end
end
local seconds = sg.time() - start
local growth = 100 * (most - least) / least
print(string.format("%d steps, %.1f us each; resident size %d to %d pages: %.2f %%", steps,
  1e6 * seconds / (steps - warm_up), least, most, growth))
os.exit(growth <= 1, true)
