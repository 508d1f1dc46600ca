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
local checked_arguments = require "selenograd.checked_arguments"
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

-- The arguments, packed.
local function check_inputs(inputs, names)
  if sg.is_tensor(inputs) then inputs = {inputs} end
  if type(inputs) ~= "table" then
    fail("gradcheck: the inputs are %s, expected a list of tensors", arguments.describe(inputs))
  end
  local count = 0
  for key in pairs(inputs) do
    if math.type(key) ~= "integer" or key < 1 or key >= most_inputs then
      fail("gradcheck: the inputs have the key %s, expected a list of at most %d tensors", arguments.describe(key),
        most_inputs - 1)
    end
    count = math.max(count, key)
  end
  local packed = checked_arguments.pack(inputs, checked_arguments.names(names, count, "input"))
  if #packed.tensors >= most_inputs then
    fail("gradcheck: the inputs hold %d tensors, expected at most %d", #packed.tensors, most_inputs - 1)
  end
  return packed
end

-- ---- What is checked ----------------------------------------------------------------------------

-- Those that require a gradient; with none marked so, all floating ones are meant.
local function chosen_inputs(tensors)
  local check, any = {}, false
  for i, tensor in ipairs(tensors) do
    check[i] = tensor.requires_grad
    any = any or check[i]
  end
  for i = 1, any and 0 or #tensors do check[i] = tensors[i]:is_floating_point() end
  return check
end

-- List of {name =, tensor =, check =}: the inputs, then the parameters.
local function subjects_of(module, inputs)
  local list, by_name, check = {}, {}, chosen_inputs(inputs.tensors)
  for i, name in ipairs(inputs.names) do
    list[i] = {name = name, tensor = inputs.tensors[i], check = check[i]}
    by_name[name] = list[i]
  end
  for name, parameter in module:named_parameters() do
    local subject = {name = name, tensor = parameter, check = parameter.requires_grad}
    list[#list + 1] = subject
    by_name[name] = by_name[name] or subject
  end
  return list, by_name
end

-- Gives each subject its entry of an option that is a table by name: skip, check.
local function spread(subjects, by_name, inputs, option, values)
  if values == nil then return end
  if type(values) ~= "table" then
    fail("gradcheck: %s is %s, expected a table by name", option, arguments.describe(values))
  end
  for key, value in pairs(values) do
    local chosen = {}
    for n, i in ipairs(inputs.find(key)) do chosen[n] = subjects[i] end
    chosen[1] = chosen[1] or by_name[key]
    if #chosen == 0 then
      fail("gradcheck: %s has the key %s, expected the name of an input or a parameter%s", option,
        arguments.describe(key), core.closest(tostring(key), arguments.names(by_name)))
    end
    for _, subject in ipairs(chosen) do subject[option] = value end
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
    result.names[i], result.check[i], result.skip[i] = subject.name, subject.check, subject.skip
  end
  return result
end

local function check_part(module, part, inputs, options)
  local state, input_count = substitute(module), #inputs.tensors
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
    local list = inputs.build(values)
    if loss then return loss(module(table.unpack(list, 1, inputs.count))) end
    return module(table.unpack(list, 1, inputs.count))
  end
  return state:finally(function()
    return inputs.place(core.gradcheck(evaluate, tensors, part_options(part, options)))
  end)
end

local function check_mode(module, training, parts, inputs, options)
  local reports = {}
  substitute(module):finally(function()
    module:train(training)
    for i, part in ipairs(parts) do reports[i] = check_part(module, part, inputs, options) end
  end)
  local report = merge.parts(reports)
  report.training = training
  return report
end

local function gradcheck(module, inputs, options)
  options = check_options(options)
  inputs = check_inputs(inputs, options.names)
  local subjects, by_name = subjects_of(module, inputs)
  if #subjects == 0 then
    fail("gradcheck: %s has no parameters and there are no inputs: nothing to check", module.class_name)
  end
  spread(subjects, by_name, inputs, "skip", options.skip)
  spread(subjects, by_name, inputs, "check", options.check)
  local parts = parts_of(subjects, #inputs.tensors)
  if options.training ~= nil then return check_mode(module, options.training, parts, inputs, options) end
  return merge.modes(check_mode(module, true, parts, inputs, options),
    check_mode(module, false, parts, inputs, options))
end

return gradcheck
