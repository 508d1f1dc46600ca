-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A runnable example of an op: its first sample that a person can read, few elements with few digits.
--
--   local source, output = require "selenograd.op_example"(sg.op_info(name))

local sg = require "selenograd"
local words = require "selenograd.op_words"

local MOST_ELEMENTS = 12

local function is_short(value)
  if type(value) == "boolean" then return true end
  return value == value and math.abs(value) < 1e6 and tonumber(("%.4g"):format(value)) == value
end

local function nested(value)
  if type(value) ~= "table" then return type(value) == "number" and ("%.5g"):format(value) or tostring(value) end
  local parts = {}
  for i, each in ipairs(value) do parts[i] = nested(each) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function all_short(value)
  if type(value) ~= "table" then return is_short(value) end
  for _, each in ipairs(value) do
    if not all_short(each) then return false end
  end
  return true
end

-- The tensor as a person would write it, or nil.
local function written(tensor)
  if tensor == false then return "nil" end
  if tensor:numel() == 0 or tensor:numel() > MOST_ELEMENTS then return nil end
  local values = tensor:detach():totable()
  if not all_short(values) then return nil end
  local natural = tensor.dtype == "f64" or tensor.dtype == "bool" -- samples are in f64, examples in the default
  local options = natural and "" or (', {dtype = "%s"}'):format(tensor.dtype)
  if options == "" and type(values) == "table" then return "sg.tensor " .. nested(values) end
  return ("sg.tensor(%s%s)"):format(nested(values), options)
end

local function options_text(op, options)
  local parts = {}
  for _, attribute in ipairs(op.attributes) do
    local value = options[attribute.name]
    local default = attribute.default ~= nil and words.literal(attribute.default)
    local same = value ~= nil and words.literal(value) == default
    if value ~= nil and not same then parts[#parts + 1] = attribute.name .. " = " .. words.literal(value) end
  end
  return #parts > 0 and "{" .. table.concat(parts, ", ") .. "}" or nil
end

-- The call of a sample, or nil where it is not to be read.
local function call_of(op, sample)
  local arguments = {}
  for i, input in ipairs(sample.inputs) do
    arguments[i] = written(input)
    if not arguments[i] then return nil end
  end
  while arguments[#arguments] == "nil" do arguments[#arguments] = nil end
  local last = op.inputs[#op.inputs]
  if last and last.variadic then
    local list = table.concat(arguments, ", ", #op.inputs)
    for i = #arguments, #op.inputs, -1 do arguments[i] = nil end
    arguments[#op.inputs] = "{" .. list .. "}"
  end
  arguments[#arguments + 1] = options_text(op, sample.options)
  if #arguments == 1 and arguments[1]:match("^{") and not (last and last.variadic) then
    return words.place(op.name) .. " " .. arguments[1]
  end
  return words.place(op.name) .. "(" .. table.concat(arguments, ", ") .. ")"
end

-- What the call returns, printed one by one.
local function source_of(op, call)
  local names = {}
  for _, port in ipairs(op.outputs) do
    if not port.optional then names[#names + 1] = port.name end
  end
  local lines = {'local sg = require "selenograd"'}
  if op.outputs[#op.outputs].variadic then
    lines[2] = ("for _, %s in ipairs(%s) do print(%s) end"):format(names[1], call, names[1])
  elseif #names == 1 then
    lines[2] = ("print(%s)"):format(call)
  else
    lines[2] = ("local %s = %s"):format(table.concat(names, ", "), call)
    for i, name in ipairs(names) do lines[i + 2] = ("print(%s)"):format(name) end
  end
  return table.concat(lines, "\n")
end

local function run(source)
  local printed = {}
  local function print_one(value) printed[#printed + 1] = tostring(value) end
  local environment = setmetatable({print = print_one}, {__index = _G})
  assert(load(source, "=example", "t", environment))()
  return table.concat(printed, "\n")
end

-- Source and output; nil where no sample is to be read, or the result is random.
return function(op)
  for i = 1, math.huge do
    local sample = sg.op_sample(op.name, i, 0)
    if not sample then return nil end
    local call = call_of(op, sample)
    if call then
      local source = source_of(op, call)
      local output = run(source)
      return output == run(source) and source or nil, output
    end
  end
end
