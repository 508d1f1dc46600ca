-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.op(definition): an op of your own, with its derivative. Returns the function; with a name it is also sg.NAME,
-- x:NAME, and in sg.ops(), sg.op_info and the manual.
--
--   local swish = sg.op {
--     name = "swish",
--     forward = function(ctx, x)
--       ctx:save(x)
--       return x * x:sigmoid()
--     end,
--     backward = function(ctx, gy)
--       local x = ctx:saved()
--       local s = x:sigmoid()
--       return gy * (s + x * s * (1 - s))
--     end,
--   }
--
-- Fields of the definition:
--   forward(ctx, ...)      the arguments of the call, unchanged but for tensors that require a gradient: those come
--                          without history, and recording is off. Returns 1 to 16 tensors.
--   backward(ctx, ...)     the gradient of each result (nil for one without a derivative). Returns one value for
--                          each argument of forward: the gradient, or false for zero; nil (and nothing, at the end)
--                          only for arguments that need none. Absent: differentiating the op is an error.
--   name                   absent: the op is known to whoever holds the function, and to nobody else
--   inputs, outputs        lists of names, or of {name =, doc =, optional = true}; an output also may have
--                          differentiable = false. Default inputs: the parameters of forward; without `outputs`
--                          forward may return any number of results.
--   label                  what messages and graphs call it; default the name, or where it is defined
--   summary, formula, reference    for the manual
--   samples                a list of argument lists to check the op with, or a function that returns one
--   once_differentiable    backward cannot be differentiated: a second derivative is an error
--   differentiable         your word that backward may be differentiated although forward takes numbers out of its
--                          arguments (item, totable)
--   replace                a custom op of the same name gives way

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"

local fields = {
  forward = "function", backward = "function", inputs = "table", outputs = "table",
  name = "string", label = "string", summary = "string", formula = "string", reference = "string",
  samples = "table or function",
  once_differentiable = "boolean", differentiable = "boolean", replace = "boolean",
}

local function sorted_names(set)
  local names = {}
  for name in pairs(set) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function check_fields(definition)
  if type(definition) ~= "table" then
    fail("sg.op: the definition is %s, expected a table", arguments.describe(definition))
  end
  for name, value in pairs(definition) do
    local wanted = fields[name]
    if not wanted then
      fail("sg.op: unknown field %s%s", arguments.key(name),
        type(name) == "string" and core.closest(name, sorted_names(fields)) or "")
    elseif not (" " .. wanted .. " "):find(" " .. type(value) .. " ", 1, true) then
      fail("sg.op: %s is %s, expected a %s", name, arguments.describe(value), wanted)
    end
  end
  if not definition.forward then fail("sg.op: forward is missing") end
  if definition.once_differentiable and definition.differentiable then
    fail("sg.op: once_differentiable and differentiable contradict each other")
  end
  if definition.once_differentiable and not definition.backward then
    fail("sg.op: once_differentiable needs a backward")
  end
end

-- What the engine takes as a name. One that ends in _ would be the in-place form of another.
local function is_name(text) return text:match("^%a[%w_]*$") and #text <= 60 and not text:match("_$") end

local port_fields = {
  inputs = {name = "string", doc = "string", optional = "boolean"},
  outputs = {name = "string", doc = "string", differentiable = "boolean"},
}

local function port(list, position, value)
  if type(value) == "string" then value = {name = value} end
  local where = ("%s[%d]"):format(list, position)
  if type(value) ~= "table" then
    fail("sg.op: %s is %s, expected a name or a table", where, arguments.describe(value))
  end
  for field, content in pairs(value) do
    if type(content) ~= port_fields[list][field] then
      fail("sg.op: %s.%s is %s, expected %s", where, tostring(field), arguments.describe(content),
        port_fields[list][field] or "one of the fields " .. table.concat(sorted_names(port_fields[list]), ", "))
    end
  end
  if not value.name or not is_name(value.name) then
    fail("sg.op: %s has the name %s, expected a letter, then letters, digits and _, no _ last", where,
      arguments.describe(value.name))
  end
  return {name = value.name, doc = value.doc, optional = value.optional, constant = value.differentiable == false}
end

local function ports(list, values)
  local result, seen = {}, {}
  for i, value in ipairs(values) do
    result[i] = port(list, i, value)
    if seen[result[i].name] then fail("sg.op: %s has the name '%s' twice", list, result[i].name) end
    seen[result[i].name] = true
  end
  for key in pairs(values) do
    if not result[key] then fail("sg.op: %s has the key %s, expected a list", list, arguments.describe(key)) end
  end
  return result
end

-- The parameters of forward after ctx, and whether more may follow.
local function parameters(forward)
  local info = debug.getinfo(forward, "u")
  local names = {}
  for i = 2, info.nparams do
    local name = debug.getlocal(forward, i)
    names[#names + 1] = is_name(name) and name or "argument_" .. i - 1
  end
  local seen = {}
  for i, name in ipairs(names) do
    if seen[name] then names[i] = name .. "_" .. i end
    seen[names[i]] = true
  end
  return names, info.isvararg
end

return arguments.strict("sg.op", function(definition)
  check_fields(definition)
  local where = debug.getinfo(definition.forward, "S")
  where = ("%s:%d"):format(where.short_src, where.linedefined)
  local name = definition.name
  if name and not (name:match("^%l") and is_name(name)) then
    fail("sg.op: the name is %s, expected a lower case letter, then letters, digits and _, no _ last",
      arguments.describe(name))
  end
  local names, variadic = parameters(definition.forward)
  local inputs = ports("inputs", definition.inputs or names)
  if not variadic and #inputs > #names then
    fail("sg.op: there are %d inputs, but forward takes %d arguments after ctx", #inputs, #names)
  end
  if not variadic and #inputs < #names then
    fail("sg.op: forward takes %d arguments after ctx, but inputs names %d", #names, #inputs)
  end
  local outputs = ports("outputs", definition.outputs or {"y"})
  if #outputs < 1 or #outputs > 16 then fail("sg.op: there are %d outputs, expected 1 to 16", #outputs) end
  return core.define_op {
    name = name, label = definition.label or name or "the op at " .. where, where = where,
    summary = definition.summary or "a custom op, defined at " .. where .. ".",
    formula = definition.formula, reference = definition.reference, samples = definition.samples,
    inputs = inputs, outputs = outputs, outputs_declared = definition.outputs ~= nil, variadic = variadic,
    forward = definition.forward, backward = definition.backward, replace = definition.replace,
    once_differentiable = definition.once_differentiable, differentiable = definition.differentiable,
  }
end)
