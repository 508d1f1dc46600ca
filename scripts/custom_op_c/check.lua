-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd check.lua [build/libmine.so]
-- Loads the plugin, shows the manual of an op, and proves the derivatives of both.
local sg = require "selenograd"

local names = sg.load_ops(arg[1] or "build/libmine.so")
print("loaded: " .. table.concat(names, ", ") .. "\n")
print(require "selenograd.manual" "batch_rms_norm")

sg.manual_seed(1)
local options = { dtype = "f64", requires_grad = true }

local report = sg.assert_gradcheck(function(x) return x:swish { beta = 1.5 } end,
  { sg.randn(3, 4, options) }, { names = { "x" }, order = 2 })
print("swish, orders 1 and 2: " .. report.verdict)

report = sg.assert_gradcheck(function(x, gamma) return sg.batch_rms_norm(x, gamma, { eps = 1e-3 }) end,
  { sg.randn(4, 3, 5, options), sg.rand(3, options) }, { names = { "x", "gamma" }, order = 2 })
print("batch_rms_norm, orders 1 and 2: " .. report.verdict)
print(report)

-- An op from a plugin is an op like any other: it joins a network and is trained.
local x, gamma = sg.randn(16, 3), sg.ones(3, { requires_grad = true })
local target = x:batch_rms_norm() * 3
for _ = 1, 50 do
  local loss = sg.mse_loss(sg.batch_rms_norm(x, gamma), target)
  gamma.grad = nil
  loss:backward()
  sg.no_grad(function() gamma:sub_(gamma.grad * 0.5) end)
end
print("gamma after 50 steps towards 3: " .. tostring(gamma))
