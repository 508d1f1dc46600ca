-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Tells two interleaved spirals apart with a small batch-normalized network: modules, an optimizer, minibatches,
-- and training against evaluation mode.

local sg = require "selenograd"
local nn, optim, data = sg.nn, sg.optim, sg.data

-- `count` points on each arm, with labels 1 and 2.
local function spirals(count)
  local points, labels = {}, {}
  for arm = 1, 2 do
    for i = 1, count do
      local turn = 3 * math.pi * i / count + (arm - 1) * math.pi
      points[#points + 1] = {i / count * math.cos(turn), i / count * math.sin(turn)}
      labels[#labels + 1] = arm
    end
  end
  return sg.tensor(points), sg.tensor(labels, {dtype = "i64"})
end

sg.manual_seed(1)
local x, y = spirals(300)
local noisy = x + sg.randn(600, 2) * 0.01

local model = nn.Sequential(
  nn.Linear(2, 32, {bias = false}), nn.BatchNorm1d(32), nn.ReLU(),
  nn.Linear(32, 32, {bias = false}), nn.BatchNorm1d(32), nn.ReLU(),
  nn.Linear(32, 2))
local optimizer = optim.Adam(model:parameters(), {lr = 0.02})
print(model)

for epoch = 1, 60 do
  local total = 0
  for points, labels in data.batches(noisy, y, {batch_size = 50, shuffle = true}) do
    local loss = sg.cross_entropy(model(points), labels)
    optimizer:zero_grad()
    loss:backward()
    optimizer:step()
    total = total + loss:item()
  end
  if epoch % 20 == 0 then print(string.format("epoch %d  loss %.4f", epoch, total / 12)) end
end

model:eval() -- normalize by the running statistics from here on
local logits = sg.no_grad(function() return model(x):totable() end)
local right = 0
for i, label in ipairs(y:totable()) do
  local chosen = logits[i][1] > logits[i][2] and 1 or 2
  if chosen == label then right = right + 1 end
end
print(string.format("%d of 600 points on the right arm", right))
