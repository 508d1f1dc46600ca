-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.checkpoint(f, ...): f(...), whose intermediate values are not kept for the derivative but computed again when
-- it is taken (Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016). f returns
-- tensors, and other values, which must not depend on the recomputation. Tensors it uses may be arguments or leaves
-- that it finds elsewhere, such as parameters; results of recorded ops have to be arguments.
--
-- The second computation draws the same random numbers. Running statistics of nn modules are left alone then, and
-- what else is state should be: sg.is_recomputing() says so.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"
local op = require "selenograd.op"

local recomputing = 0

-- f(...) with the random numbers of `state`; those to come are as before afterwards. Raises what f raises.
local function compute_again(state, f, ...)
  local before, depth = core.get_rng_state(), recomputing
  return core.finally(function()
    recomputing = depth
    core.set_rng_state(before)
  end, function(...)
    recomputing = depth + 1
    core.set_rng_state(state)
    return core.enable_grad(f, ...)
  end, ...)
end

-- ---- What is checkpointed -----------------------------------------------------------------------

-- The call f(...), without its tensors: where they stand, and which of them require a gradient.
local function request_of(f, values)
  local request = {f = f, state = core.get_rng_state(), plain = {n = values.n}, places = {}, requires_grad = {}}
  local tensors = {}
  for i = 1, values.n do
    local value = values[i]
    if core.is_tensor(value) then
      tensors[#tensors + 1] = value
      request.places[#tensors], request.requires_grad[#tensors] = i, value.requires_grad
    else
      request.plain[i] = value
    end
  end
  return request, tensors
end

-- The arguments of the call with these tensors.
local function arguments_of(request, tensors)
  local values = {}
  for i = 1, request.plain.n do values[i] = request.plain[i] end
  for k, place in ipairs(request.places) do values[place] = tensors[k] end
  return table.unpack(values, 1, request.plain.n)
end

-- Leaves with the values of tensors.
local function as_leaves(request, tensors)
  local leaves = {}
  for k, tensor in ipairs(tensors) do
    leaves[k] = core.custom_leaf(tensor)
    if request.requires_grad[k] then leaves[k].requires_grad = true end
  end
  return leaves
end

local function tensors_of(values)
  local tensors = {}
  for i = 1, values.n do
    if core.is_tensor(values[i]) then tensors[#tensors + 1] = values[i] end
  end
  return tensors
end

local function is_among(tensor, tensors)
  for _, other in ipairs(tensors) do
    if core.same_tensor(other, tensor) then return true end
  end
  return false
end

-- The leaves that the results depend on and that are no arguments.
local function captured(outputs, leaves, oldest)
  local graph, found = core.recorded_graph(outputs, oldest), {}
  for _, recorded in ipairs(graph.ops) do
    for _, input in ipairs(recorded.inputs) do
      if input.outside then
        fail("checkpoint: the function uses a tensor %s that was computed before the call; make it an argument",
          input.shape)
      end
    end
  end
  for _, leaf in ipairs(graph.leaves) do
    if not is_among(leaf, leaves) then found[#found + 1] = leaf end
  end
  return found
end

-- ---- Ops ----------------------------------------------------------------------------------------

-- Captured leaves stand behind tokens, tensors without elements, as an op has room for some sixty arguments. The op
-- that computes again leaves their gradients in `group.gradients`, and is run before this one.
local MOST_LEAVES = 60

local token = op {
  label = "checkpoint_leaves",
  summary = "The leaves that a checkpointed function uses.",
  forward = function(ctx, group, ...)
    ctx:save(...)
    ctx.group = group
    return core.zeros(0, {dtype = (...).dtype})
  end,
  backward = function(ctx)
    local gradients = ctx.group.gradients
    ctx.group.gradients = nil
    return false, table.unpack(gradients)
  end,
}

local function tokens_of(leaves)
  local tokens, groups = {}, {}
  for first = 1, #leaves, MOST_LEAVES do
    local last = math.min(first + MOST_LEAVES - 1, #leaves)
    local group = {count = last - first + 1}
    groups[#groups + 1] = group
    tokens[#tokens + 1] = token(group, table.unpack(leaves, first, last))
  end
  return tokens, groups
end

-- The gradients of `inputs`, false where there is none, by computing the outputs again.
local function gradients_again(request, tensors, inputs, cotangents)
  local outputs, weights = {}, {}
  local results = tensors_of(table.pack(compute_again(request.state, request.f, arguments_of(request, tensors))))
  for p, output in ipairs(results) do
    if output.requires_grad and cotangents[p] then
      outputs[#outputs + 1], weights[#weights + 1] = output, cotangents[p]
    end
  end
  if #outputs == 0 then return {} end
  return core.grad(outputs, inputs,
    {grad_outputs = weights, allow_unused = true, create_graph = core.is_grad_enabled()})
end

-- Only what the pass wants is computed: its arguments are the request, the tensors and a token for each group.
local function backward(ctx, ...)
  local request, tensors, needs = ctx.request, {ctx:saved()}, ctx.needs_input_grad
  if not core.is_grad_enabled() then tensors = as_leaves(request, tensors) end
  local inputs, count, leaf = {}, #tensors, 0
  for k, tensor in ipairs(tensors) do
    if needs[1 + k] then inputs[#inputs + 1] = tensor end
  end
  for g, group in ipairs(request.groups) do
    if needs[1 + count + g] then table.move(request.leaves, leaf + 1, leaf + group.count, #inputs + 1, inputs) end
    leaf = leaf + group.count
  end
  local found, at = gradients_again(request, tensors, inputs, {...}), 0
  local function following()
    at = at + 1
    return found[at] or false
  end
  local answers = {}
  for k = 1, count do answers[k] = needs[1 + k] and following() end
  for g, group in ipairs(request.groups) do
    answers[count + g] = false
    if needs[1 + count + g] then
      group.gradients = {}
      for i = 1, group.count do group.gradients[i] = following() end
    end
  end
  return false, table.unpack(answers)
end

local checkpointed = op {
  label = "checkpoint",
  summary = "The results of a checkpointed function.",
  forward = function(ctx, request, ...)
    ctx:save(table.unpack({...}, 1, #request.places))
    local outputs = request.outputs
    request.outputs = nil
    ctx.request = request
    for _, output in ipairs(outputs) do
      if not output.follows then ctx:mark_non_differentiable(output.tensor) end
    end
    local tensors = {}
    for p, output in ipairs(outputs) do tensors[p] = output.tensor end
    return table.unpack(tensors)
  end,
  backward = backward,
}

-- ---- The functions ------------------------------------------------------------------------------

local checkpoint = {}

-- Whether a checkpointed function is being computed again.
function checkpoint.is_recomputing() return recomputing > 0 end

arguments.strict_functions("", checkpoint)

function checkpoint.checkpoint(f, ...)
  arguments.callable("checkpoint", "f", f)
  if not core.is_grad_enabled() then return f(...) end
  local request, tensors = request_of(f, table.pack(...))
  local leaves, oldest = as_leaves(request, tensors), core.recorded_number()
  local results = table.pack(f(arguments_of(request, leaves)))
  local outputs = tensors_of(results)
  if #outputs == 0 then return table.unpack(results, 1, results.n) end
  request.leaves = captured(outputs, leaves, oldest)
  local tokens
  tokens, request.groups = tokens_of(request.leaves)
  request.outputs = {}
  for p, output in ipairs(outputs) do
    request.outputs[p] = {tensor = core.custom_leaf(output), follows = output.requires_grad}
  end
  local inputs = {table.unpack(tensors)}
  for _, each in ipairs(tokens) do inputs[#inputs + 1] = each end
  local made, at = table.pack(checkpointed(request, table.unpack(inputs))), 0
  for i = 1, results.n do
    if core.is_tensor(results[i]) then
      at = at + 1
      results[i] = made[at]
    end
  end
  return table.unpack(results, 1, results.n)
end

return checkpoint
