-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The registered ops as cases: every good sample of every op is one, in the group of its op. Ops defined in Lua
-- give their samples as lists of arguments.

local sg = require "selenograd"

local ops = {}

-- How many orders of derivative there are to check.
local function orders(info, wanted)
  if not info.differentiable then return 0 end
  return info.derivatives == "the first only" and 1 or wanted
end

local function check_names(names)
  local known, taken = sg.ops(), {}
  for _, name in ipairs(known) do taken[name] = true end
  for _, name in ipairs(names) do
    if not taken[name] then error(("there is no op '%s'%s"):format(name, sg.closest(name, known)), 0) end
  end
  return #names > 0 and names or known
end

-- Libraries of ops written in C, and Lua files that define some.
function ops.load(files)
  for _, file in ipairs(files) do
    if file:match("%.lua$") then
      local chunk, message = loadfile(file, "t")
      if not chunk then error(message, 0) end
      chunk()
    else
      local good, message = pcall(sg.load_ops, file)
      if not good then error((message:gsub("^[^\n]-/ops%.lua:%d+: ", "")), 0) end
    end
  end
end

-- Sample `number` of an op: {name = , inputs = , options = } or {name = , arguments = }; nil when there are fewer.
local function sample_of(name, info, number, seed)
  if not info.custom then return sg.op_sample(name, number, seed) end
  local samples = info.samples
  if type(samples) == "function" then
    sg.manual_seed(seed)
    samples = samples()
  end
  if samples ~= nil and type(samples) ~= "table" then
    error(("%s: its samples are no list of argument lists"):format(name), 0)
  end
  local arguments = samples and samples[number]
  if arguments == nil then return nil end
  if type(arguments) ~= "table" or sg.is_tensor(arguments) then
    error(("%s: sample %d is no list of arguments"):format(name, number), 0)
  end
  return {name = "sample " .. number, arguments = arguments}
end

-- `asked`: the op was named, so that there must be something to check.
local function add_samples(list, name, wanted_order, asked)
  local info = sg.op_info(name)
  local order = orders(info, wanted_order)
  local number = 1
  local sample = order > 0 and sample_of(name, info, number, 1)
  if not sample and order > 0 and asked then
    error(name .. " has no samples to check, expected samples = {{x, ...}, ...} in its definition", 0)
  elseif not sample then
    local reason = order == 0 and "the op has no derivative" or "the op has no samples"
    list[#list + 1] = {name = "", group = name, none = reason, without_samples = order > 0}
  end
  while sample do
    list[#list + 1] = {name = sample.name, group = name, number = number, order = order, info = info}
    number = number + 1
    sample = sample_of(name, info, number, 1)
  end
end

-- The samples of the ops named, of all when `names` is empty. Raises for a name that is none.
function ops.list(names, options)
  local list = {}
  local sorted = {table.unpack(check_names(names))}
  table.sort(sorted)
  for i, name in ipairs(sorted) do
    if name ~= sorted[i - 1] then add_samples(list, name, options.order or 2, #names > 0) end
  end
  return list
end

-- The results of one call of the op. A variadic port, the last one, takes a list.
local function call(case, inputs, options)
  local ports, arguments = #case.info.inputs, {}
  local fixed = case.info.inputs[ports].variadic and ports - 1 or ports
  for i = 1, fixed do arguments[i] = inputs[i] or nil end
  if fixed < ports then arguments[ports] = table.move(inputs, ports, #inputs, 1, {}) end
  arguments[ports + 1] = options
  return sg[case.group](table.unpack(arguments, 1, options and ports + 1 or ports))
end

-- Whether a call has a result to differentiate: a conversion to integers has none, nor has a list without tensors.
local function has_derivative(case, inputs, options)
  local results = table.pack(sg.no_grad(function() return call(case, inputs, options) end))
  for i = 1, results.n do
    local first = results[i]
    if case.info.outputs[i].variadic then first = first[1] end
    if first and first:is_floating_point() and case.info.outputs[i].differentiable then return true end
  end
  return false
end

local function elements_to_check(inputs)
  local elements = 0
  for _, input in ipairs(inputs) do
    if input and input.requires_grad then elements = elements + input:numel() end
  end
  return elements
end

-- A call with the arguments of a sample, as a function of the tensors among them.
local function of_arguments(case, arguments, options)
  local op, places, tensors = sg[case.group], {}, {}
  local count = 0
  for place in pairs(arguments) do count = math.max(count, place) end
  for place = 1, count do
    if sg.is_tensor(arguments[place]) then
      places[#places + 1] = place
      tensors[#tensors + 1] = arguments[place]
    end
  end
  return {inputs = tensors, options = options, f = function(...)
    local given = table.move(arguments, 1, count, 1, {})
    for i, place in ipairs(places) do given[place] = select(i, ...) end
    return op(table.unpack(given, 1, count))
  end}
end

-- For run.one: what sg.gradcheck is to be given.
function ops.maker(seed)
  return function(case)
    if case.none then return {none = case.none} end
    local sample = sample_of(case.group, case.info, case.number, seed or 1)
    if sample.arguments then
      return of_arguments(case, sample.arguments, {order = case.order, seed = seed or 1})
    end
    if elements_to_check(sample.inputs) == 0 then return {none = "there is no element to differentiate by"} end
    local options = next(sample.options) and sample.options or nil
    if not has_derivative(case, sample.inputs, options) then
      return {none = "there is no result to differentiate"}
    end
    return {f = sg[case.group], inputs = sample.inputs,
      options = {order = case.order, seed = seed or 1, options = options}}
  end
end

return ops
