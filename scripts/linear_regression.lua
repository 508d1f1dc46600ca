-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The smallest training loop: fits a line to noisy points with nothing but tensors and gradients.

local sg = require "selenograd"

sg.manual_seed(1)
local x = sg.randn(200, 1)
local y = x * 3 - 1 + sg.randn(200, 1) * 0.1

local slope = sg.zeros(1, {requires_grad = true})
local shift = sg.zeros(1, {requires_grad = true})
local rate = 0.1

for step = 1, 60 do
  local loss = sg.mse_loss(x * slope + shift, y)
  loss:backward()
  sg.no_grad(function()
    for _, parameter in ipairs {slope, shift} do
      parameter:copy_(parameter - parameter.grad * rate)
      parameter.grad = nil
    end
  end)
  if step % 20 == 0 then print(string.format("step %2d  loss %.4f", step, loss:item())) end
end

print(string.format("y = %.2f x %+.2f, made with y = 3 x - 1", slope:item(), shift:item()))
