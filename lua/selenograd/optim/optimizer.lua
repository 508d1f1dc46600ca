-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What optimizers have in common: parameter groups, the state kept for each parameter, saving and loading it.
-- A class is made by optimizer.class(name, defaults, checks) and defines
--   start(parameter, group)                  the state of a parameter before its first step, a table
--   update(parameter, gradient, state, group) one step, a single call into C
--   state_tensors, stateless                 the names of the tensors of a state, which besides has `steps`, and
--                                            whether they may be absent
--
-- optimizer.param_groups[i] holds `params` and the options of that group; changing group.lr takes effect at the
-- next step. The parameters are a list of tensors, or a list of groups {params = {...}, lr = ..., ...}.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

local Optimizer = {stateless = false}

-- ---- Parameter groups ---------------------------------------------------------------------------

-- A parameter that no gradient can reach would stay as it is, whatever the number of steps.
local function check_parameter(owner, name, parameter)
  arguments.tensor(owner, name, parameter)
  if not parameter:is_floating_point() then
    fail("%s: %s has dtype %s, expected f32 or f64", owner, name, parameter.dtype)
  end
  if not parameter.is_leaf then
    fail("%s: %s is the result of %s, expected a leaf: a step would move a value that is computed anew", owner,
      name, parameter:producer())
  end
  if not parameter.requires_grad then
    fail("%s: %s requires no gradient and would never move; leave it out, or set its requires_grad", owner, name)
  end
end

local function check_parameters(owner, parameters, seen)
  if type(parameters) ~= "table" or next(parameters) == nil then
    fail("%s: params is %s, expected a non-empty list of tensors", owner,
      type(parameters) == "table" and "an empty list" or arguments.describe(parameters))
  end
  for i = 1, arguments.list(owner, "params", parameters) do
    local name = ("params[%d]"):format(i)
    check_parameter(owner, name, parameters[i])
    if seen[parameters[i]] then fail("%s: %s occurs twice", owner, name) end
    seen[parameters[i]] = true
  end
end

-- The options of a group, or the group itself, which the user may have changed.
local function check_options(self, options)
  for name in pairs(options) do
    if name ~= "params" then arguments.known_option(self.class_name, name, self.defaults) end
  end
  for name, interval in pairs(self.intervals) do
    if interval == "boolean" then
      arguments.boolean(self.class_name, name, options[name])
    elseif interval == "betas" then
      if type(options.betas) ~= "table" or arguments.list(self.class_name, "betas", options.betas) ~= 2 then
        fail("%s: betas is %s, expected a list of two numbers in [0, 1)", self.class_name,
          arguments.describe(options.betas))
      end
      for i = 1, 2 do arguments.number(self.class_name, "betas[" .. i .. "]", options.betas[i], "[0, 1)") end
    else
      arguments.number(self.class_name, name, options[name], interval)
    end
  end
  self:check(options)
end

local function add_group(self, group, defaults, seen)
  local options = {}
  for name, value in pairs(group) do
    if name ~= "params" then options[name] = value end
  end
  options = arguments.options(self.class_name, options, defaults)
  check_options(self, options)
  check_parameters(self.class_name, group.params, seen)
  options.params = table.move(group.params, 1, #group.params, 1, {})
  self.param_groups[#self.param_groups + 1] = options
end

local function is_group(value)
  return type(value) == "table" and getmetatable(value) == nil and value.params ~= nil
end

local defaults_of = {} -- by class

-- `defaults`, those of groups, are the options given to the constructor.
local function construct(class, parameters, options, ...)
  arguments.no_more(class.class_name, 2, 0, parameters, options, ...)
  local own = arguments.options(class.class_name, options, defaults_of[class])
  local self = setmetatable({param_groups = {}, state = {}, defaults = own}, class)
  local groups = parameters
  if type(parameters) ~= "table" or not is_group(parameters[1]) then groups = {{params = parameters}} end
  local seen = {}
  for i = 1, arguments.list(class.class_name, "params", groups) do
    if not is_group(groups[i]) then
      fail("%s: params[%d] is %s, expected a group {params = {...}, ...} like the first", class.class_name, i,
        arguments.describe(groups[i]))
    end
    add_group(self, groups[i], self.defaults, seen)
  end
  return self
end

-- An option set on the optimizer itself would be read by nobody.
local function assign(self, name, value)
  if self.defaults[name] ~= nil then
    fail("%s: %s belongs to the groups; set param_groups[i].%s", self.class_name, name, name)
  end
  rawset(self, name, value)
end

-- A new class. `intervals` says of each option what it must be: an interval such as "[0, 1)", "boolean" or "betas".
local function class(name, defaults, intervals)
  local result = {class_name = name, intervals = intervals}
  defaults_of[result] = defaults
  result.__index, result.__newindex = arguments.strict_index(result, Optimizer), assign
  result.__name = name
  result.__tostring = function(self) return self:describe() end
  return setmetatable(result, {__index = Optimizer, __call = construct})
end

-- What a class has to say of options that are right one by one; `options` are those of a group.
function Optimizer:check(options) end

-- add_param_group(group): more parameters, {params = {...}, lr = ..., ...}, such as those of a layer that was
-- frozen.
function Optimizer:add_param_group(group)
  local owner = self.class_name .. ".add_param_group"
  if not is_group(group) then
    fail("%s: group is %s, expected {params = {...}, ...}", owner, arguments.describe(group))
  end
  local seen = {}
  for _, known in ipairs(self.param_groups) do
    for _, parameter in ipairs(known.params) do seen[parameter] = true end
  end
  add_group(self, group, self.defaults, seen)
end

-- ---- Steps --------------------------------------------------------------------------------------

-- The state that goes with a parameter: made at its first step, and converted when the parameter was.
local function state_of(self, parameter, group)
  local state = self.state[parameter]
  if not state then
    state = self:start(parameter, group)
    self.state[parameter] = state
  end
  for name, value in pairs(state) do
    if sg.is_tensor(value) and value.dtype ~= parameter.dtype then
      state[name] = sg.keep(value:detach():to(parameter.dtype))
    end
  end
  return state
end

local function update_all(self)
  for _, group in ipairs(self.param_groups) do
    for _, parameter in ipairs(group.params) do
      local gradient = parameter.grad
      if gradient then self:update(parameter, gradient, state_of(self, parameter, group), group) end
    end
  end
end

-- step(closure): moves every parameter that has a gradient. The closure, which may be absent, is called first, with
-- recording on; it computes the loss and its gradients. Returns what the closure returns.
function Optimizer:step(closure)
  arguments.callable(self.class_name .. ".step", "closure", closure, true)
  for _, group in ipairs(self.param_groups) do check_options(self, group) end
  local loss = closure and sg.enable_grad(closure)
  sg.no_grad(update_all, self)
  return loss
end

-- zero_grad(): removes every gradient (sets .grad = nil).
function Optimizer:zero_grad()
  for _, group in ipairs(self.param_groups) do
    for _, parameter in ipairs(group.params) do parameter.grad = nil end
  end
end

-- A tensor of zeros like another, which an enclosing sg.tidy leaves alone.
function Optimizer:zeros_like(tensor)
  return sg.keep(sg.zeros_like(tensor))
end

-- ---- State --------------------------------------------------------------------------------------

-- state_dict(): {state = {[i] = state of parameter i}, param_groups = {{lr = ..., params = {1, 2, ...}}, ...}}.
-- Parameters are counted through all groups, from 1. The tensors share memory with the optimizer's.
function Optimizer:state_dict()
  local result, position = {state = {}, param_groups = {}}, 0
  for g, group in ipairs(self.param_groups) do
    local saved = {}
    for name, value in pairs(group) do
      if name ~= "params" then saved[name] = arguments.own(value) end
    end
    saved.params = {}
    for i, parameter in ipairs(group.params) do
      position = position + 1
      saved.params[i] = position
      local state = self.state[parameter]
      if state then
        local copy = {}
        for name, value in pairs(state) do copy[name] = value end
        result.state[position] = copy
      end
    end
    result.param_groups[g] = saved
  end
  return result
end

local function check_saved(self, saved)
  local owner = self.class_name .. ".load_state_dict"
  if type(saved) ~= "table" or type(saved.state) ~= "table" or type(saved.param_groups) ~= "table" then
    fail("%s: state is %s, expected what state_dict returns", owner, arguments.describe(saved))
  end
  if #saved.param_groups ~= #self.param_groups then
    fail("%s: state has %d parameter groups, expected %d", owner, #saved.param_groups, #self.param_groups)
  end
  for g, group in ipairs(self.param_groups) do
    local saved_group = saved.param_groups[g]
    if type(saved_group) ~= "table" then
      fail("%s: group %d is %s, expected a table", owner, g, arguments.describe(saved_group))
    end
    local count = type(saved_group.params) == "table" and #saved_group.params or 0
    if count ~= #group.params then
      fail("%s: group %d has %d parameters, expected %d", owner, g, count, #group.params)
    end
  end
end

local function copy_tensor(owner, name, value, parameter)
  arguments.tensor(owner, name, value)
  local shape, expected = table.concat(value.shape, ", "), table.concat(parameter.shape, ", ")
  if shape ~= expected then fail("%s: %s has shape [%s], expected [%s]", owner, name, shape, expected) end
  -- Not by detach(), of which the guard of a custom op would see nothing.
  return sg.keep(sg.no_grad(function() return value:clone():to(parameter.dtype) end))
end

local function copy_state(self, saved, parameter, position)
  local owner, of = self.class_name .. ".load_state_dict", " of parameter " .. position
  if type(saved) ~= "table" then
    fail("%s: state%s is %s, expected a table", owner, of, arguments.describe(saved))
  end
  local copy, known = {steps = arguments.whole(owner, "steps" .. of, saved.steps, 0)}, {steps = true}
  for _, name in ipairs(self.state_tensors) do
    known[name] = true
    if saved[name] ~= nil or not self.stateless then
      copy[name] = copy_tensor(owner, name .. of, saved[name], parameter)
    end
  end
  for name in pairs(saved) do
    if not known[name] then fail("%s: state%s has the unknown entry %s", owner, of, arguments.key(name)) end
  end
  return copy
end

-- load_state_dict(state): takes over the options and a copy of the state of every parameter. On error nothing has
-- changed.
function Optimizer:load_state_dict(saved)
  check_saved(self, saved)
  local state, groups, position = {}, {}, 0
  for g, group in ipairs(self.param_groups) do
    local options = {}
    for name, value in pairs(saved.param_groups[g]) do
      if name ~= "params" then options[name] = value end
    end
    groups[g] = arguments.options(self.class_name, options, self.defaults)
    check_options(self, groups[g])
    groups[g].params = group.params
    for _, parameter in ipairs(group.params) do
      position = position + 1
      local saved_state = saved.state[position]
      state[parameter] = saved_state and copy_state(self, saved_state, parameter, position)
    end
  end
  self.state, self.param_groups = state, groups
end

-- ---- Printing -----------------------------------------------------------------------------------

local function value_text(value)
  if type(value) == "table" then
    local words = {}
    for i, item in ipairs(value) do words[i] = string.format("%g", item) end
    return "(" .. table.concat(words, ", ") .. ")"
  end
  return type(value) == "number" and string.format("%g", value) or tostring(value)
end

function Optimizer:describe()
  local lines = {self.class_name .. " ("}
  for g, group in ipairs(self.param_groups) do
    lines[#lines + 1] = string.format("  group %d: %d parameters", g, #group.params)
    local names = {}
    for name in pairs(self.defaults) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do lines[#lines + 1] = "    " .. name .. ": " .. value_text(group[name]) end
  end
  lines[#lines + 1] = ")"
  return table.concat(lines, "\n")
end

-- ---- Surplus arguments --------------------------------------------------------------------------

local function is_optimizer(value)
  return type(value) == "table" and type(rawget(value, "param_groups")) == "table"
end

Optimizer.class_name = "Optimizer"
arguments.strict_methods(Optimizer, is_optimizer, "an optimizer")

return {class = class, Optimizer = Optimizer, is_optimizer = is_optimizer}
