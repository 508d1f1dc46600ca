-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The functions of sg and the methods of tensors as a definition file for editors (LuaCATS, which
-- lua-language-server reads), as text: require "selenograd.stubs"(). The arguments are those of descriptors and of
-- signatures.lua. The build writes it to share/selenograd/stubs/.

local core = require "selenograd.core"
local sg = require "selenograd"
local signatures = require "selenograd.signatures"

local lines
local function add(format, ...) lines[#lines + 1] = select("#", ...) > 0 and format:format(...) or format end

local types = {
  number = "number", integer = "integer", boolean = "boolean", integers = "integer|integer[]",
  dimension = "integer", dimensions = "integer|integer[]", shape = "integer[]", dtype = "selenograd.dtype",
  string = "string", numbers = "number|number[]",
}

local function type_of(option)
  local quoted = {option.type ~= "choice" and types[option.type] or nil}
  if option.type == "choice" or option.type == "integers" then
    for _, choice in ipairs(option.choices or {}) do quoted[#quoted + 1] = ('"%s"'):format(choice) end
  end
  return table.concat(quoted, "|")
end

local function is_word_of_lua(name) return load("local " .. name) == nil end

-- A name that can be a parameter.
local function parameter(name) return is_word_of_lua(name) and name .. "_" or name end

local function declare(place, colon, name, parameters)
  if is_word_of_lua(name) then return add('%s["%s"] = function(%s) end', place, name, parameters) end
  add("function %s%s%s(%s) end", place, colon, name, parameters)
end

local function options_type(op)
  local fields = {}
  for i, option in ipairs(op.attributes) do
    fields[i] = ("%s%s: %s"):format(option.name, option.required and "" or "?", type_of(option))
  end
  return "{" .. table.concat(fields, ", ") .. "}"
end

-- The op as a function of sg, or as a method of the tensor that is its input number `self`; `name`: of the method,
-- if that is the form that writes into the tensor.
local function op_function(op, place, self, name)
  local parameters = {}
  add("---%s", op.summary)
  for i, port in ipairs(op.inputs) do
    if i ~= self then
      local kind = port.variadic and "selenograd.Tensor[]" or "selenograd.Tensor|number"
      add("---@param %s%s %s", parameter(port.name), port.optional and "?" or "", kind)
      parameters[#parameters + 1] = parameter(port.name)
    end
  end
  if #op.attributes > 0 then
    local required = false
    for _, option in ipairs(op.attributes) do required = required or option.required end
    add("---@param options%s %s", required and "" or "?", options_type(op))
    parameters[#parameters + 1] = "options"
  end
  if name then add("---@return selenograd.Tensor self, which it writes into") end
  for _, port in ipairs(name and {} or op.outputs) do
    add("---@return selenograd.Tensor%s%s %s", port.variadic and "[]" or "", port.optional and "?" or "", port.name)
  end
  declare(place, self and ":" or ".", name or op.name, table.concat(parameters, ", "))
  add("")
end

-- A function or method that is no op.
local function plain_function(signature, place, colon)
  local parameters = {}
  add("---%s", signature.words)
  for i, each in ipairs(signatures.parameters(signature)) do
    add("---@param %s%s %s", each.name, each.optional and "?" or "", each.type)
    parameters[i] = each.name
  end
  for result in signature.results:gmatch("[^,%s][^,]*") do add("---@return %s", result) end
  declare(place, colon, signature.name, table.concat(parameters, ", "))
  add("")
end

local function sorted(list)
  local names = {}
  for name in next, list do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function class_of_tensors()
  add("---@meta selenograd")
  add("-- SPDX-License-Identifier: GPL-3.0-or-later")
  add("-- Written by ./dev docs.")
  add("")
  add('---@alias selenograd.dtype "f32"|"f64"|"i64"|"bool"|"u8"')
  add("")
  add("---@class selenograd.Tensor")
  for _, field in ipairs {
    "shape integer[]", "dtype selenograd.dtype", "ndim integer", "requires_grad boolean", "grad selenograd.Tensor?",
    "is_leaf boolean", "T selenograd.Tensor",
  } do
    add("---@field %s", field)
  end
  for _, operator in ipairs {"add", "sub", "mul", "div", "mod", "idiv", "pow"} do
    add("---@operator %s(selenograd.Tensor|number): selenograd.Tensor", operator)
  end
  add("---@operator unm: selenograd.Tensor")
  add("---@operator len: integer")
  add("local Tensor = {}")
  add("")
end

local function methods(ops)
  for _, name in ipairs(sorted(core.methods)) do
    local writing = not ops[name] and ops[name:match("^(.*)_$")]
    local op, self = ops[name] or writing, 1
    for i, port in ipairs(op and op.inputs or {}) do
      if port.self then self = i end
    end
    if signatures.methods[name] then
      plain_function(signatures.methods[name], "Tensor", ":")
    elseif op and #op.inputs > 0 then
      op_function(op, "Tensor", self, writing and name)
    else
      declare("Tensor", ":", name, "...")
      add("")
    end
  end
end

local function functions(ops)
  add("---@class selenograd")
  add("local sg = {}")
  add("")
  for _, name in ipairs(sorted(sg)) do
    local value = rawget(sg, name)
    if ops[name] then
      op_function(ops[name], "sg", nil)
    elseif signatures.functions[name] then
      plain_function(signatures.functions[name], "sg", ".")
    elseif type(value) == "function" then
      declare("sg", ".", name, "...")
      add("")
    elseif type(value) ~= "table" then
      add("sg.%s = nil ---@type %s", name, type(value))
      add("")
    end
  end
  for _, name in ipairs {"nn", "optim", "data", "json", "testing"} do add("sg.%s = nil ---@type table", name) end
  add("")
  add("return sg")
end

return function()
  local ops = {}
  for _, name in ipairs(sg.ops()) do ops[name] = sg.op_info(name) end
  lines = {}
  class_of_tensors()
  methods(ops)
  functions(ops)
  return table.concat(lines, "\n") .. "\n"
end
