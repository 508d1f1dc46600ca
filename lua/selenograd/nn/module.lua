-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Module: what has parameters, buffers and child modules. A class of your own:
--
--   local Net = nn.Module:extend("Net")
--   function Net:init(width)
--     self.hidden = nn.Linear(784, width)       -- a module assigned to a field becomes a child
--     self.scale = nn.Parameter(sg.ones(1))     -- a Parameter assigned to a field becomes a parameter
--   end
--   function Net:forward(x)
--     return self.hidden(x):relu() * self.scale
--   end
--   local net = Net(128)
--   local y = net(x)
--
-- Parameters, buffers and children keep the order in which they were registered, and their dotted names
-- ("hidden.weight") are PyTorch's. module[i] is the i-th child, #module the number of children.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

-- ---- Ordered registers --------------------------------------------------------------------------

local function register()
  return {names = {}, values = {}}
end

local function put(into, name, value)
  if into.values[name] == nil then into.names[#into.names + 1] = name end
  into.values[name] = value
end

local function remove(from, name)
  if from.values[name] == nil then return end
  from.values[name] = nil
  for i, known in ipairs(from.names) do
    if known == name then return table.remove(from.names, i) end
  end
end

local function each(from)
  local i = 0
  return function()
    i = i + 1
    local name = from.names[i]
    return name, name and from.values[name]
  end
end

-- ---- Parameters ---------------------------------------------------------------------------------

-- The tensors that become parameters when they are assigned to a field of a module.
local is_parameter = setmetatable({}, {__mode = "k"})

-- Parameter(tensor): the tensor, which must be a leaf and now requires a gradient, marked as a parameter. An
-- enclosing sg.tidy leaves it alone, as it does buffers.
local function Parameter(tensor)
  if not sg.is_tensor(tensor) then
    fail("Parameter: argument is %s, expected a tensor", arguments.describe(tensor))
  end
  tensor.requires_grad = true
  is_parameter[tensor] = true
  return sg.keep(tensor)
end

-- ---- Classes and instances ----------------------------------------------------------------------

local Module = {class_name = "Module"}

local function is_module(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.module_class ~= nil
end

local function lookup(self, key)
  if math.type(key) == "integer" then
    local children = rawget(self, "_children")
    return children.values[children.names[key]]
  end
  local value = rawget(self, "_fields")[key]
  if value == nil then value = rawget(self, "_parameters").values[key] end
  if value == nil then value = rawget(self, "_children").values[key] end
  if value == nil then value = rawget(self, "_buffers").values[key] end
  if value == nil then value = getmetatable(self).module_class[key] end
  return value
end

local function check_name(self, name)
  if type(name) ~= "string" or name == "" or name:find(".", 1, true) then
    fail("%s: the name %s is not a non-empty string without dots", self.class_name, arguments.describe(name))
  end
  if rawget(self, name) ~= nil or getmetatable(self).module_class[name] ~= nil then
    fail("%s: the name %q is taken", self.class_name, name)
  end
end

local function forget(self, name)
  self._fields[name] = nil
  remove(self._parameters, name)
  remove(self._buffers, name)
  remove(self._children, name)
end

-- The instance itself stays empty, so that every assignment arrives here and no module escapes registration.
local function assign(self, name, value)
  if is_module(value) then
    self:register_module(name, value)
  elseif value ~= nil and is_parameter[value] then
    self:register_parameter(name, value)
  elseif self._buffers.values[name] ~= nil and sg.is_tensor(value) then
    self:register_buffer(name, value)
  elseif self._parameters.values[name] ~= nil and value ~= nil then
    fail("%s: %s is a parameter, assigned %s, expected nn.Parameter(tensor) or nil", self.class_name, name,
      arguments.describe(value))
  else
    forget(self, name)
    self._fields[name] = value
  end
end

local function construct(class, ...)
  local self = {
    _fields = {training = true},
    _parameters = register(),
    _buffers = register(),
    _children = register(),
  }
  setmetatable(self, class.instance_metatable)
  self:init(...)
  return self
end

local function prepare_class(class, parent)
  class.instance_metatable = {
    module_class = class,
    __name = class.class_name,
    __index = lookup,
    __newindex = assign,
    __len = function(self) return #self._children.names end,
    __call = function(self, ...) return self:forward(...) end,
    __tostring = function(self) return self:describe() end,
  }
  return setmetatable(class, {__index = parent, __call = construct})
end

prepare_class(Module)

-- Module:extend(name): a new class that inherits from this one.
function Module:extend(name)
  if type(name) ~= "string" then
    fail("Module.extend: name is %s, expected a string; call it as nn.Module:extend(name)",
      arguments.describe(name))
  end
  return prepare_class({class_name = name}, self)
end

-- Called with the arguments of the class; to be defined by the class.
function Module:init() end

function Module:forward()
  fail("%s: the class has no forward function", self.class_name)
end

-- ---- Registration -------------------------------------------------------------------------------

-- register_parameter(name, tensor): makes self[name] a parameter.
function Module:register_parameter(name, tensor)
  forget(self, name)
  check_name(self, name)
  put(self._parameters, name, Parameter(tensor))
end

-- register_buffer(name, tensor): makes self[name] state that is saved and converted but not trained.
function Module:register_buffer(name, tensor)
  if not sg.is_tensor(tensor) then
    fail("%s: buffer %s is %s, expected a tensor", self.class_name, tostring(name), arguments.describe(tensor))
  end
  forget(self, name)
  check_name(self, name)
  put(self._buffers, name, sg.keep(tensor))
end

-- register_module(name, module): makes self[name] a child.
function Module:register_module(name, module)
  if not is_module(module) then
    fail("%s: child %s is %s, expected a module", self.class_name, tostring(name), arguments.describe(module))
  end
  forget(self, name)
  check_name(self, name)
  put(self._children, name, module)
end

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

-- Lists in registration order, of the module and everything below it. A shared tensor or module appears once.
function Module:parameters() return values(collect(self, "_parameters")) end
function Module:buffers() return values(collect(self, "_buffers")) end
function Module:modules() return values(modules_of(self)) end

-- The same as iterators: for name, tensor in model:named_parameters() do ... end
function Module:named_parameters() return iterate(collect(self, "_parameters")) end
function Module:named_buffers() return iterate(collect(self, "_buffers")) end
function Module:named_modules() return iterate(modules_of(self)) end

-- The direct children.
function Module:named_children() return each(self._children) end
function Module:children()
  local list = {}
  for _, child in each(self._children) do list[#list + 1] = child end
  return list
end

-- apply(visit): calls visit(module) for every module, children before parents. Returns the module.
function Module:apply(visit)
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
  for _, parameter in ipairs(self:parameters()) do parameter.grad = nil end
end

-- requires_grad_(flag): freezes (false) or frees (true, the default) every parameter. Returns the module.
function Module:requires_grad_(flag)
  if flag == nil then flag = true end
  for _, parameter in ipairs(self:parameters()) do parameter.requires_grad = flag end
  return self
end

-- to(dtype): replaces floating parameters and buffers by converted ones ("f32" or "f64"). The parameters are new
-- tensors, so make optimizers afterwards. Returns the module.
function Module:to(dtype)
  arguments.dtype(self.class_name .. ".to", dtype)
  local converted = {}
  local function convert(tensor)
    if not converted[tensor] then converted[tensor] = sg.keep(tensor:detach():to(dtype)) end
    return converted[tensor]
  end
  for _, module in ipairs(self:modules()) do
    for name, tensor in each(module._parameters) do
      if tensor.dtype ~= dtype then
        local requires_grad, gradient = tensor.requires_grad, tensor.grad
        module._parameters.values[name] = Parameter(convert(tensor))
        module._parameters.values[name].requires_grad = requires_grad
        if gradient then module._parameters.values[name].grad = gradient:detach():to(dtype) end
      end
    end
    for name, tensor in each(module._buffers) do
      if tensor.dtype ~= "i64" and tensor.dtype ~= dtype then module._buffers.values[name] = convert(tensor) end
    end
  end
  return self
end

-- ---- State --------------------------------------------------------------------------------------

-- Visits every parameter and buffer under every name it has: visit(dotted name, register, short name).
local function each_state(self, visit)
  local function enter(module, prefix)
    for _, which in ipairs {"_parameters", "_buffers"} do
      for name in each(module[which]) do visit(prefix .. name, module[which].values, name) end
    end
    for name, child in each(module._children) do enter(child, prefix .. name .. ".") end
  end
  enter(self, "")
end

-- state_dict(): a table of all parameters and buffers by name. The tensors share memory with the module's: clone
-- them to keep a snapshot.
function Module:state_dict()
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
  add("missing", missing)
  add("unexpected", unexpected)
  add("wrong shape", misshapen)
  return table.concat(lines, "\n")
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
  sg.no_grad(function()
    each_state(self, function(name, values_of, short)
      if state[name] ~= nil then values_of[short]:copy_(state[name]) end
    end)
  end)
  return missing, unexpected
end

-- functional_call(module, tensors, ...): module(...) with some parameters and buffers replaced by the given tensors
-- for the length of the call; `tensors` goes by dotted name. A shared tensor is replaced wherever it is used.
local function functional_call(module, tensors, ...)
  local replacement, known, undo = {}, {}, {}
  each_state(module, function(name, values_of, short)
    known[name] = true
    if tensors[name] ~= nil then replacement[values_of[short]] = tensors[name] end
  end)
  for name in pairs(tensors) do
    if not known[name] then fail("functional_call: %s has nothing named %q", module.class_name, tostring(name)) end
  end
  each_state(module, function(_, values_of, short)
    local old = values_of[short]
    if replacement[old] == nil then return end
    undo[#undo + 1] = function() values_of[short] = old end
    values_of[short] = replacement[old]
  end)
  local results = table.pack(pcall(module, ...))
  for _, restore in ipairs(undo) do restore() end
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- ---- Printing -----------------------------------------------------------------------------------

-- The words between the parentheses of a module without children; classes define it.
function Module:extra_description() return "" end

function Module:describe()
  local extra = self:extra_description()
  if #self == 0 then return self.class_name .. "(" .. extra .. ")" end
  local lines = {self.class_name .. "("}
  if extra ~= "" then lines[#lines + 1] = "  " .. extra end
  for name, child in each(self._children) do
    lines[#lines + 1] = "  (" .. name .. "): " .. child:describe():gsub("\n", "\n  ")
  end
  lines[#lines + 1] = ")"
  return table.concat(lines, "\n")
end

return {Module = Module, Parameter = Parameter, is_module = is_module, functional_call = functional_call}
