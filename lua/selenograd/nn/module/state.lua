-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The state of a module by dotted name: saving, loading, and standing in for it.

local sg = require "selenograd"
local core = require "selenograd.core"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local Module = require("selenograd.nn.module.class").Module
local is_module = require("selenograd.nn.module.kind").is_module
local each = require("selenograd.nn.module.register").each
local check_fields = require("selenograd.nn.module.tree").check_fields

-- ---- State --------------------------------------------------------------------------------------

-- Visits every parameter and buffer under every name it has: visit(dotted name, register, short name). A module
-- that contains itself is entered once on each path.
local function each_state(self, visit)
  local entered = {}
  local function enter_module(module, prefix)
    if entered[module] then return end
    entered[module] = true
    for _, which in ipairs {"_parameters", "_buffers"} do
      for name in each(module[which]) do visit(prefix .. name, module[which].values, name) end
    end
    for name, child in each(module._children) do enter_module(child, prefix .. name .. ".") end
    entered[module] = nil
  end
  enter_module(self, "")
end

-- state_dict(): a table of all parameters and buffers by name. The tensors share memory with the module's: clone
-- them to keep a snapshot.
function Module:state_dict()
  check_fields(self)
  local state = {}
  each_state(self, function(name, values_of, short) state[name] = values_of[short]:detach() end)
  return state
end

local function shape_text(tensor)
  return "[" .. table.concat(tensor.shape, ", ") .. "]"
end

local function same_shape(a, b)
  return shape_text(a) == shape_text(b)
end

local function compare_state(self, state)
  local missing, unexpected, misshapen, known = {}, {}, {}, {}
  each_state(self, function(name, values_of, short)
    known[name] = true
    local given = state[name]
    if given == nil then
      missing[#missing + 1] = name
    elseif not sg.is_tensor(given) then
      misshapen[#misshapen + 1] = string.format("%s is %s, expected a tensor", name, arguments.describe(given))
    elseif not same_shape(given, values_of[short]) then
      misshapen[#misshapen + 1] = string.format("%s has shape %s, expected %s", name, shape_text(given),
        shape_text(values_of[short]))
    end
  end)
  for name in pairs(state) do
    if not known[name] then unexpected[#unexpected + 1] = tostring(name) end
  end
  table.sort(unexpected)
  return missing, unexpected, misshapen
end

local function state_message(class_name, missing, unexpected, misshapen)
  local lines = {class_name .. ": load_state_dict"}
  local function add(title, names)
    if #names > 0 then lines[#lines + 1] = "  " .. title .. ": " .. table.concat(names, ", ") end
  end
  local hinted = {}
  for i, name in ipairs(unexpected) do
    hinted[i] = name .. arguments.closest(name, missing):gsub("^; (.*)$", " (%1)")
  end
  add("missing", missing)
  add("unexpected", hinted)
  add("wrong shape", misshapen)
  return table.concat(lines, "\n")
end

-- Everything is converted before anything is written: a value that does not fit is found in time, and a tensor of
-- `state` that shares memory with the module's is read before it is overwritten. The copies are made unrecorded and
-- not by detach(), of which the guard of a custom op would see nothing.
local function write_state(self, state)
  sg.no_grad(function()
    local copies = {}
    each_state(self, function(name, values_of, short)
      local given, dtype = state[name], values_of[short].dtype
      if given ~= nil then copies[name] = given.dtype == dtype and given:clone() or given:to(dtype) end
    end)
    each_state(self, function(name, values_of, short)
      if copies[name] then values_of[short]:copy_(copies[name]) end
    end)
  end)
end

-- load_state_dict(state, {strict = true}): copies the tensors of `state` into the module, converting dtypes.
-- Strict, every name must match; otherwise missing and unexpected names are left alone. A wrong shape is always an
-- error. On error nothing has been copied. Returns the lists of missing and unexpected names.
function Module:load_state_dict(state, options)
  local owner = self.class_name .. ".load_state_dict"
  options = arguments.options(owner, options, {strict = true})
  if type(state) ~= "table" then fail("%s: state is %s, expected a table", owner, arguments.describe(state)) end
  local missing, unexpected, misshapen = compare_state(self, state)
  if #misshapen > 0 or (options.strict and #missing + #unexpected > 0) then
    fail("%s", state_message(self.class_name, missing, unexpected, misshapen))
  end
  write_state(self, state)
  return missing, unexpected
end

-- The tensors of a module and what takes their places, by dotted name: {[tensor] = replacement}.
local function replacements(module, tensors)
  local replacement, known = {}, {}
  each_state(module, function(name, values_of, short)
    known[name] = true
    if tensors[name] ~= nil then replacement[values_of[short]] = tensors[name] end
  end)
  for name, tensor in pairs(tensors) do
    if not known[name] then
      fail("functional_call: %s has nothing named %s%s", module.class_name, arguments.describe(name),
        arguments.closest(name, arguments.names(known)))
    end
    arguments.tensor("functional_call", name, tensor)
  end
  return replacement
end

-- functional_call(module, tensors, ...): module(...) with some parameters and buffers replaced by the given tensors
-- for the length of the call; `tensors` goes by dotted name. A shared tensor is replaced wherever it is used.
local function functional_call(module, tensors, ...)
  if not is_module(module) then
    fail("functional_call: module is %s, expected a module", arguments.describe(module))
  end
  if type(tensors) ~= "table" then
    fail("functional_call: tensors is %s, expected a table by name", arguments.describe(tensors))
  end
  local replacement, places = replacements(module, tensors), {}
  each_state(module, function(_, values_of, short)
    if replacement[values_of[short]] then places[#places + 1] = {values_of, short, values_of[short]} end
  end)
  local function restore()
    for _, place in ipairs(places) do place[1][place[2]] = place[3] end
  end
  return core.finally(restore, function(...)
    for _, place in ipairs(places) do place[1][place[2]] = replacement[place[3]] end
    return module(...)
  end, ...)
end

return {functional_call = functional_call}
