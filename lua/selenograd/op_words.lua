-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What a descriptor says of its op, in words: for the manual, the pages of docs/ops/ and the stubs for editors.

local words = {}

-- ---- Values of options ------------------------------------------------------------------------------

local type_names = {
  integers = "integer or list", numbers = "number or list", dimensions = "dimension or list", choice = "string",
}

local function number(value)
  if math.abs(value) == math.huge then return value < 0 and "-math.huge" or "math.huge" end
  return ("%.15g"):format(value)
end

function words.literal(value)
  if type(value) == "table" then
    local numbers = {}
    for i, each in ipairs(value) do numbers[i] = number(each) end
    return "{" .. table.concat(numbers, ", ") .. "}"
  end
  if type(value) == "string" then return '"' .. value .. '"' end
  return type(value) == "number" and number(value) or tostring(value)
end

-- " >= 0", " in [0, 1)", " "a", "b"", or nothing.
local function range(option)
  local low, high, choices = option.minimum, option.maximum, ""
  if option.choices then
    local quoted = {}
    for i, choice in ipairs(option.choices) do quoted[i] = words.literal(choice) end
    choices = " " .. table.concat(quoted, ", ")
    if not low then return choices end
    choices = " or" .. choices
  end
  if low and high then
    return (" in %s%s, %s%s"):format(option.above_minimum and "(" or "[", number(low), number(high),
      option.below_maximum and ")" or "]") .. choices
  elseif low then
    return (option.above_minimum and " > " or " >= ") .. number(low) .. choices
  elseif high then
    return (option.below_maximum and " < " or " <= ") .. number(high)
  end
  return ""
end

-- ---- One op -----------------------------------------------------------------------------------------

-- A word of Lua's own is no name behind a dot: sg["repeat"].
function words.place(name) return load("local " .. name) and "sg." .. name or ('sg["%s"]'):format(name) end

function words.signature(op)
  local results, arguments, options = {}, {}, {}
  for i, port in ipairs(op.outputs) do
    if port.optional then break end -- an option asks for it, and for none behind it
    results[i] = port.variadic and ("{%s, ...}"):format(port.name) or port.name
  end
  for i, port in ipairs(op.inputs) do
    arguments[i] = port.variadic and not op.custom and ("{%s, ...}"):format(port.name) or port.name
  end
  for i, option in ipairs(op.attributes) do
    options[i] = option.name .. " = " .. (option.required and "..." or words.literal(option.default))
  end
  if #options > 0 then arguments[#arguments + 1] = "{" .. table.concat(options, ", ") .. "}" end
  local text = ("%s = %s(%s)"):format(table.concat(results, ", "), words.place(op.name),
    table.concat(arguments, ", "))
  if not op.dimension_second then return text end
  table.remove(arguments)
  table.insert(arguments, 2, options[1]:match("^%S+"))
  return text .. (", or %s(%s)"):format(words.place(op.name), table.concat(arguments, ", "))
end

function words.about_port(port)
  local words = {}
  if port.index then words[#words + 1] = "i64, counted from 1" end
  if port.any_dtype then words[#words + 1] = "any dtype" end
  if port.floating_too then words[#words + 1] = "or floating" end
  if port.bool_too then words[#words + 1] = "or bool" end
  if port.optional then words[#words + 1] = "optional" end
  if port.self then words[#words + 1] = "x in the method" end
  if port.step then words[#words + 1] = "derivative 0" end
  if port.undifferentiable then words[#words + 1] = "no derivative" end
  if #words == 0 then return port.doc or "" end
  return table.concat(words, ", ") .. (port.doc and ": " .. port.doc or "")
end

function words.about_option(option)
  local text = (type_names[option.type] or option.type) .. range(option)
  if option.required then text = text .. ", required" end
  return text .. (option.doc and ": " .. option.doc or "")
end

-- "Derivatives: of every order. Where there is none: 0 at 0."
function words.derivatives(op)
  local text = ("Derivatives: %s."):format(op.derivatives)
  return op.subgradient and ("%s Where there is none: %s."):format(text, op.subgradient) or text
end

-- "Cost: linear in the elements of inputs and results. Keeps for the derivative, where it is wanted: x."
function words.cost(op)
  local text = ("Cost: %s."):format(op.cost or "linear in the elements of inputs and results")
  if not op.differentiable or #op.keeps == 0 then return text end
  return text .. " Keeps for the derivative, where it is wanted: " .. table.concat(op.keeps, ", ") .. "."
end

return words
