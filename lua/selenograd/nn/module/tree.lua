-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A module and everything below it: parameters, buffers, modules, and what is done to all of them.

local arguments = require "selenograd.arguments"
local Module = require("selenograd.nn.module.class").Module
local hidden = require "selenograd.nn.module.hidden"
local each = require("selenograd.nn.module.register").each

-- ---- Walking the tree ---------------------------------------------------------------------------

-- Visits every module once, parents before children: visit(dotted name, module).
local function walk(self, prefix, seen, visit)
  if seen[self] then return end
  seen[self] = true
  visit(prefix, self)
  for name, child in each(self._children) do
    walk(child, prefix == "" and name or prefix .. "." .. name, seen, visit)
  end
end

-- List of {name, value} of one register of every module; a value met a second time is left out.
local function collect(self, which)
  local found, seen = {}, {}
  walk(self, "", {}, function(prefix, module)
    for name, value in each(module[which]) do
      if not seen[value] then
        seen[value] = true
        found[#found + 1] = {prefix == "" and name or prefix .. "." .. name, value}
      end
    end
  end)
  return found
end

local function modules_of(self)
  local found = {}
  walk(self, "", {}, function(name, module) found[#found + 1] = {name, module} end)
  return found
end

local function values(pairs_list)
  local list = {}
  for i, pair in ipairs(pairs_list) do list[i] = pair[2] end
  return list
end

local function iterate(pairs_list)
  local i = 0
  return function()
    i = i + 1
    if pairs_list[i] then return pairs_list[i][1], pairs_list[i][2] end
  end
end

-- Every table of the user's again, as it may have been filled since it was assigned.
local function check_fields(self)
  for _, module in ipairs(modules_of(self)) do
    for name, value in pairs(module[2]._fields) do hidden.refuse(module[2], name, value) end
  end
end

local function parameters_of(self)
  check_fields(self)
  return collect(self, "_parameters")
end

local function checked_modules_of(self)
  check_fields(self)
  return modules_of(self)
end

-- Lists in registration order, of the module and everything below it. A shared tensor or module appears once.
function Module:parameters() return values(parameters_of(self)) end
function Module:buffers() return values(collect(self, "_buffers")) end
function Module:modules() return values(checked_modules_of(self)) end

-- The same as iterators: for name, tensor in model:named_parameters() do ... end
function Module:named_parameters() return iterate(parameters_of(self)) end
function Module:named_buffers() return iterate(collect(self, "_buffers")) end
function Module:named_modules() return iterate(checked_modules_of(self)) end

-- The direct children.
function Module:named_children() return each(self._children) end
function Module:children()
  local list = {}
  for _, child in each(self._children) do list[#list + 1] = child end
  return list
end

-- apply(visit): calls visit(module) for every module, children before parents. Returns the module.
function Module:apply(visit)
  arguments.callable(self.class_name .. ".apply", "visit", visit)
  local all = self:modules()
  for i = #all, 1, -1 do visit(all[i]) end
  return self
end

-- ---- Modes and gradients ------------------------------------------------------------------------

-- train(mode): training mode (default true) for the module and everything below it. Returns the module.
function Module:train(mode)
  if mode == nil then mode = true end
  arguments.boolean(self.class_name .. ".train", "mode", mode)
  for _, module in ipairs(self:modules()) do module.training = mode end
  return self
end

function Module:eval() return self:train(false) end

function Module:zero_grad()
  for _, entry in ipairs(collect(self, "_parameters")) do entry[2].grad = nil end
end

-- requires_grad_(flag): freezes (false) or frees (true, the default) every parameter. Returns the module.
function Module:requires_grad_(flag)
  if flag == nil then flag = true end
  arguments.boolean(self.class_name .. ".requires_grad_", "flag", flag)
  for _, parameter in ipairs(self:parameters()) do parameter.requires_grad = flag end
  return self
end

-- to(dtype): converts floating parameters, their gradients and floating buffers to "f32" or "f64". The tensors stay
-- the same values in Lua, so an optimizer made before goes on with them. Returns the module.
function Module:to(dtype)
  arguments.dtype(self.class_name .. ".to", dtype)
  check_fields(self)
  for _, which in ipairs {"_parameters", "_buffers"} do
    for _, entry in ipairs(collect(self, which)) do
      if entry[2]:is_floating_point() then entry[2]:to_(dtype) end
    end
  end
  return self
end

return {check_fields = check_fields}
