-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck(module, inputs, options): proves the gradients of a module in its inputs and in all its parameters
-- that require one, by their dotted names, in training and in evaluation mode.
--
-- Options besides those of sg.gradcheck: loss = function(output) ... end turns the output into what is
-- differentiated; training = true or false checks one mode only. `names` are those of the inputs; `skip` and
-- `check` go by name. The report of both modes has the entries of both, "weight (train)" and "weight (eval)", and
-- each mode's own report as report.train and report.eval.
--
-- The module is not changed. For each evaluation copies take the places of its parameters, buffers and fields, all
-- of them in f64, so running statistics, flags and fields are the same before and after, also when forward raises.

local sg = require "selenograd"
local core = require "selenograd.core"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local substitute = require "selenograd.nn.gradcheck.substitute"
local merge = require "selenograd.nn.gradcheck.merge_reports"

local most_inputs = 64 -- of one check; a module with more tensors is checked in parts

-- ---- Arguments ----------------------------------------------------------------------------------

-- Options that go to the checker of functions as they are, and all there are.
local handed_on = {"budget", "detached", "jacobian", "k", "miss", "mode", "order", "progress", "seed", "step"}
local known_options = {"check", "loss", "names", "skip", "training", table.unpack(handed_on)}

local function check_options(options)
  if options == nil then return {} end
  if type(options) ~= "table" then
    fail("gradcheck: the options are %s, expected a table", arguments.describe(options))
  end
  for name in pairs(options) do
    local known = false
    for _, each in ipairs(known_options) do known = known or each == name end
    if not known then
      fail("gradcheck: unknown option %s%s", arguments.key(name), core.closest(tostring(name), known_options))
    end
  end
  if options.training ~= nil then arguments.boolean("gradcheck", "training", options.training) end
  arguments.callable("gradcheck", "loss", options.loss, true)
  return options
end

-- The inputs as {count =, [i] = tensor or nil}.
local function check_inputs(inputs)
  if sg.is_tensor(inputs) then return {count = 1, inputs} end
  if type(inputs) ~= "table" then
    fail("gradcheck: the inputs are %s, expected a list of tensors", arguments.describe(inputs))
  end
  local list = {count = 0}
  for key, value in pairs(inputs) do
    if math.type(key) ~= "integer" or key < 1 or key >= most_inputs then
      fail("gradcheck: the inputs have the key %s, expected a list of at most %d tensors", arguments.describe(key),
        most_inputs - 1)
    end
    if value and not sg.is_tensor(value) then
      fail("gradcheck: input %d is %s, expected a tensor", key, arguments.describe(value))
    end
    list[key] = value or nil
    list.count = math.max(list.count, key)
  end
  return list
end

local function input_names(inputs, names)
  local result = {}
  if names == nil then
    for i = 1, inputs.count do result[i] = inputs.count == 1 and "input" or "input " .. i end
    return result
  end
  if type(names) ~= "table" or #names ~= inputs.count then
    fail("gradcheck: names is %s, expected a list of %d, one for each input", type(names) == "table"
      and "a list of " .. #names or arguments.describe(names), inputs.count)
  end
  for i, name in ipairs(names) do result[i] = name end
  return result
end

-- ---- What is checked ----------------------------------------------------------------------------

-- Those that require a gradient; with none marked so, all floating ones are meant.
local function chosen_inputs(inputs)
  local check, any = {}, false
  for i = 1, inputs.count do
    check[i] = inputs[i] ~= nil and inputs[i].requires_grad
    any = any or check[i]
  end
  for i = 1, any and 0 or inputs.count do check[i] = inputs[i] ~= nil and inputs[i]:is_floating_point() end
  return check
end

-- List of {name =, tensor =, check =}: the inputs, then the parameters.
local function subjects_of(module, inputs, options)
  local list, by_name, check = {}, {}, chosen_inputs(inputs)
  for i, name in ipairs(input_names(inputs, options.names)) do
    list[i] = {name = name, tensor = inputs[i] or false, check = check[i]}
    by_name[name], by_name[i] = list[i], list[i]
  end
  for name, parameter in module:named_parameters() do
    local subject = {name = name, tensor = parameter, check = parameter.requires_grad}
    list[#list + 1] = subject
    by_name[name] = by_name[name] or subject
  end
  return list, by_name
end

-- Gives each subject its entry of an option that is a table by name: skip, check.
local function spread(by_name, option, field, values)
  if values == nil then return end
  if type(values) ~= "table" then
    fail("gradcheck: %s is %s, expected a table by name", option, arguments.describe(values))
  end
  for key, value in pairs(values) do
    local subject = by_name[key]
    if not subject then
      local names = {}
      for name in pairs(by_name) do names[#names + 1] = type(name) == "string" and name or nil end
      fail("gradcheck: %s has the key %s, expected the name of an input or a parameter%s", option,
        arguments.describe(key), core.closest(tostring(key), names))
    end
    subject[field] = value
  end
end

-- The parts in which so many parameters are checked: each has all inputs, the first one checks them.
local function parts_of(subjects, input_count)
  local room = most_inputs - input_count
  local parameters = {}
  for i = input_count + 1, #subjects do
    if subjects[i].check then parameters[#parameters + 1] = subjects[i] end
  end
  local parts = {}
  for first = 1, math.max(1, #parameters), room do
    local part = {}
    for i = 1, input_count do
      local input = subjects[i]
      part[i] = {name = input.name, tensor = input.tensor, skip = input.skip, check = input.check and first == 1}
    end
    for i = first, math.min(first + room - 1, #parameters) do part[#part + 1] = parameters[i] end
    parts[#parts + 1] = part
  end
  return parts
end

-- ---- The check ----------------------------------------------------------------------------------

local function part_options(part, options)
  local result = {names = {}, check = {}, skip = {}}
  for _, name in ipairs(handed_on) do
    result[name] = options[name]
  end
  for i, subject in ipairs(part) do
    result.names[i] = subject.name
    if subject.tensor then
      result.check[i] = subject.check
      result.skip[i] = subject.skip
    end
  end
  return result
end

local function check_part(module, part, input_count, options)
  local state = substitute(module)
  local tensors, given = {}, {}
  for i, subject in ipairs(part) do
    tensors[i] = subject.tensor
    if i > input_count then given[subject.tensor] = true end
  end
  state:prepare(given)
  local loss = options.loss

  local function evaluate(...)
    local values = table.pack(...)
    state:refresh()
    for i = input_count + 1, #part do state:put(part[i].tensor, values[i]) end
    if loss then return loss(module(table.unpack(values, 1, input_count))) end
    return module(table.unpack(values, 1, input_count))
  end
  return state:finally(function() return core.gradcheck(evaluate, tensors, part_options(part, options)) end)
end

local function check_mode(module, training, parts, input_count, options)
  local reports = {}
  substitute(module):finally(function()
    module:train(training)
    for i, part in ipairs(parts) do reports[i] = check_part(module, part, input_count, options) end
  end)
  local report = merge.parts(reports)
  report.training = training
  return report
end

local function gradcheck(module, inputs, options)
  options = check_options(options)
  inputs = check_inputs(inputs)
  local subjects, by_name = subjects_of(module, inputs, options)
  if #subjects == 0 then
    fail("gradcheck: %s has no parameters and there are no inputs: nothing to check", module.class_name)
  end
  spread(by_name, "skip", "skip", options.skip)
  spread(by_name, "check", "check", options.check)
  local parts = parts_of(subjects, inputs.count)
  if options.training ~= nil then return check_mode(module, options.training, parts, inputs.count, options) end
  return merge.modes(check_mode(module, true, parts, inputs.count, options),
    check_mode(module, false, parts, inputs.count, options))
end

return gradcheck
