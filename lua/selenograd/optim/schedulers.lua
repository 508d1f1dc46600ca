-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Learning rate schedulers: call scheduler:step() once per epoch (or per step, if its lengths are counted in
-- steps).
--   optim.StepLR(optimizer, step_size, {gamma = 0.1}): lr = base * gamma^floor(t / step_size)
--   optim.CosineAnnealingLR(optimizer, length, {eta_min = 0}):
--     lr = eta_min + (base - eta_min) * (1 + cos(pi * t / length)) / 2
-- (one period of Loshchilov and Hutter 2016)
-- `base` is the lr a parameter group has when the scheduler is made, t the number of steps so far.

local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

local is_optimizer = require("selenograd.optim.optimizer").is_optimizer

local Scheduler = {class_name = "Scheduler"}
Scheduler.__index = arguments.strict_index(Scheduler)

-- `rate(base, t)` gives the learning rate.
local function new(owner, optimizer, rate)
  if not is_optimizer(optimizer) then
    fail("%s: optimizer is %s, expected an optimizer", owner, arguments.describe(optimizer))
  end
  local self = setmetatable({optimizer = optimizer, rate = rate, base = {}, steps = 0}, Scheduler)
  for g, group in ipairs(optimizer.param_groups) do self.base[g] = group.lr end
  return self
end

local function apply(self)
  for g, group in ipairs(self.optimizer.param_groups) do
    self.base[g] = self.base[g] or group.lr -- of a group added later
    group.lr = self.rate(self.base[g], self.steps)
  end
end

function Scheduler:step()
  self.steps = self.steps + 1
  apply(self)
end

-- The learning rate of the first group.
function Scheduler:lr() return self.optimizer.param_groups[1].lr end

function Scheduler:state_dict()
  return {steps = self.steps, base = table.move(self.base, 1, #self.base, 1, {})}
end

function Scheduler:load_state_dict(saved)
  if type(saved) ~= "table" or type(saved.base) ~= "table" or #saved.base ~= #self.base then
    fail("Scheduler.load_state_dict: state does not have %d base learning rates", #self.base)
  end
  for g, rate in ipairs(saved.base) do
    arguments.number("Scheduler.load_state_dict", "base[" .. g .. "]", rate, "[0, inf)")
  end
  self.steps = arguments.whole("Scheduler.load_state_dict", "steps", saved.steps, 0)
  self.base = table.move(saved.base, 1, #saved.base, 1, {})
  apply(self)
end

local function StepLR(optimizer, step_size, options)
  step_size = arguments.whole("StepLR", "step_size", step_size, 1)
  options = arguments.options("StepLR", options, {gamma = 0.1})
  local gamma = arguments.number("StepLR", "gamma", options.gamma, "[0, inf)")
  return new("StepLR", optimizer, function(base, t) return base * gamma ^ (t // step_size) end)
end

local function CosineAnnealingLR(optimizer, length, options)
  length = arguments.whole("CosineAnnealingLR", "length", length, 1)
  options = arguments.options("CosineAnnealingLR", options, {eta_min = 0})
  local low = arguments.number("CosineAnnealingLR", "eta_min", options.eta_min, "[0, inf)")
  return new("CosineAnnealingLR", optimizer, function(base, t)
    return low + (base - low) * (1 + math.cos(math.pi * t / length)) / 2
  end)
end

arguments.strict_methods(Scheduler, function(value) return getmetatable(value) == Scheduler end, "a scheduler")

return {StepLR = StepLR, CosineAnnealingLR = CosineAnnealingLR}
