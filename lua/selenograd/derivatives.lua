-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Derivatives of functions, as in torch.autograd.functional:
--
--   sg.vjp(f, inputs, v, options)       outputs, v J: a gradient for each input
--   sg.jvp(f, inputs, v, options)       outputs, J v: the directional derivative of each output
--   sg.jacobian(f, inputs, options)     J[output][input], of the shape of the output and then that of the input
--   sg.hessian(f, inputs, options)      H[input][input] of a function of a single element
--   sg.hvp(f, inputs, v, options)       output, H v
--
-- `inputs` is a tensor or a list of them, which f takes one by one. f returns one or several tensors. A result is a
-- tensor where inputs (or outputs) are one tensor, and a list where they are a list (or several values). `v` is
-- like the outputs (vjp) or the inputs (jvp, hvp); for an output of one element it may be left out.
--
-- options: create_graph = false (the results can be differentiated again, also with respect to the inputs),
-- strict = false (an output that does not depend on an input is an error; otherwise its derivative is zeros).
--
-- J v is taken without a forward mode: v J is linear in v, and its derivative with respect to v is J, transposed
-- (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"

local defaults = {create_graph = false, strict = false}

local function read_options(owner, options)
  options = arguments.options(owner, options, defaults)
  for name in pairs(defaults) do arguments.boolean(owner, name, options[name]) end
  return options
end

-- A tensor, or a list of tensors, as a list; and whether it was one.
local function as_list(owner, name, value)
  if core.is_tensor(value) then return {value}, false end
  local count = arguments.list(owner, name, value)
  if count == 0 then fail("%s: %s is an empty list", owner, name) end
  for i = 1, count do arguments.tensor(owner, ("%s[%d]"):format(name, i), value[i]) end
  return value, true
end

local function like_given(list, is_list) return is_list and list or list[1] end

local function map(list, f)
  local result = {}
  for i = 1, #list do result[i] = f(list[i], i) end
  return result
end

local function shape_text(x) return "[" .. table.concat(x.shape, ", ") .. "]" end

-- ---- A function and its inputs ------------------------------------------------------------------

-- The inputs as f gets them: leaves of their own, or with their history where the results keep a graph.
local function as_variables(owner, inputs, create_graph)
  return map(inputs, function(x, i)
    if not x:is_floating_point() then
      fail("%s: inputs[%d] has dtype %s, expected f32 or f64", owner, i, x.dtype)
    end
    if create_graph and x.requires_grad then return x:reshape(x.shape) end
    local variable = x:detach()
    variable.requires_grad = true
    return variable
  end)
end

-- The values that f returns, as a list; and whether it is to stay one.
local function call(owner, f, variables)
  local results = table.pack(f(table.unpack(variables)))
  if results.n == 0 then fail("%s: the function returned nothing, expected a tensor", owner) end
  if results.n == 1 and type(results[1]) == "table" then
    return as_list(owner, "what the function returned", results[1])
  end
  for i = 1, results.n do arguments.tensor(owner, "result " .. i .. " of the function", results[i]) end
  results.n = nil
  return results, #results > 1
end

-- v as a list with the shapes of `tensors`; ones where it is left out.
local function as_vectors(owner, name, v, tensors)
  if v == nil then
    return map(tensors, function(x)
      if x:numel() ~= 1 then
        fail("%s: %s is missing; only for a tensor of one element it can be left out, not for %s", owner, name,
          shape_text(x))
      end
      return core.ones_like(x:detach())
    end)
  end
  local vectors = as_list(owner, name, v)
  if #vectors ~= #tensors then
    fail("%s: %s has %d tensors, expected %d", owner, name, #vectors, #tensors)
  end
  for i, vector in ipairs(vectors) do
    if shape_text(vector) ~= shape_text(tensors[i]) or vector.dtype ~= tensors[i].dtype then
      fail("%s: %s[%d] is %s %s, expected %s %s", owner, name, i, vector.dtype, shape_text(vector),
        tensors[i].dtype, shape_text(tensors[i]))
    end
  end
  return vectors
end

-- ---- Gradients ----------------------------------------------------------------------------------

local function refuse_independent(owner, i)
  fail("%s: the outputs do not depend on inputs[%d], and strict is set", owner, i)
end

-- The gradients of the sum of the outputs times the vectors, zeros where there is none.
local function gradients(owner, outputs, inputs, vectors, options)
  local followed, weights = {}, {}
  for i, output in ipairs(outputs) do
    if output.requires_grad then
      followed[#followed + 1], weights[#weights + 1] = output, vectors[i]
    elseif options.strict then
      fail("%s: output %d does not depend on the inputs, and strict is set", owner, i)
    end
  end
  local found = #followed > 0 and core.grad(followed, inputs, {
    grad_outputs = weights, allow_unused = true, create_graph = options.create_graph,
    retain_graph = options.retain_graph,
  }) or {}
  return map(inputs, function(x, i)
    if found[i] then return found[i] end
    if options.strict then refuse_independent(owner, i) end
    return core.zeros_like(x:detach())
  end)
end

local function finish(list, create_graph)
  return create_graph and list or map(list, function(x) return x:detach() end)
end

local derivatives = {}

function derivatives.vjp(f, inputs, v, options)
  options = read_options("vjp", options)
  local list, is_list = as_list("vjp", "inputs", inputs)
  return core.enable_grad(function()
    local variables = as_variables("vjp", list, options.create_graph)
    local outputs, several = call("vjp", f, variables)
    local result = gradients("vjp", outputs, variables, as_vectors("vjp", "v", v, outputs), options)
    return like_given(finish(outputs, options.create_graph), several), like_given(result, is_list)
  end)
end

-- The derivative of each output along `vectors`.
local function along(owner, outputs, variables, vectors, options)
  return map(outputs, function(output)
    local weight = core.zeros_like(output:detach())
    weight.requires_grad = true
    local linear = gradients(owner, {output}, variables, {weight}, {create_graph = true, strict = options.strict})
    return gradients(owner, linear, {weight}, vectors,
      {create_graph = options.create_graph, retain_graph = true})[1]
  end)
end

function derivatives.jvp(f, inputs, v, options)
  options = read_options("jvp", options)
  local list = as_list("jvp", "inputs", inputs)
  local vectors = as_vectors("jvp", "v", v, list)
  return core.enable_grad(function()
    local variables = as_variables("jvp", list, options.create_graph)
    local outputs, several = call("jvp", f, variables)
    local result = along("jvp", outputs, variables, vectors, options)
    return like_given(finish(outputs, options.create_graph), several), like_given(result, several)
  end)
end

-- ---- Matrices -----------------------------------------------------------------------------------

local function joined(a, b)
  local shape = {table.unpack(a.shape)}
  for _, size in ipairs(b.shape) do shape[#shape + 1] = size end
  return shape
end

-- A row for each element of the output, of zeros and a 1.
local function unit(output, position)
  local one = core.zeros(output:numel(), {dtype = output.dtype})
  one[position] = 1
  return one:reshape(output.shape)
end

-- For each input the derivative of one output.
local function matrix_rows(owner, output, variables, options)
  local rows = map(variables, function() return {} end)
  for position = 1, output:numel() do
    local row = gradients(owner, {output}, variables, {unit(output, position)},
      {create_graph = options.create_graph, strict = options.strict, retain_graph = true})
    for i, gradient in ipairs(row) do rows[i][position] = gradient end
  end
  return map(variables, function(x, i)
    if #rows[i] == 0 then return core.zeros(joined(output, x), {dtype = x.dtype}) end
    return core.stack(rows[i], 1):reshape(joined(output, x))
  end)
end

local function matrices(owner, f, inputs, options)
  local list, is_list = as_list(owner, "inputs", inputs)
  return core.enable_grad(function()
    local variables = as_variables(owner, list, options.create_graph)
    local outputs, several = call(owner, f, variables)
    local result = map(outputs, function(output)
      return like_given(finish(matrix_rows(owner, output, variables, options), options.create_graph), is_list)
    end)
    return like_given(result, several)
  end)
end

function derivatives.jacobian(f, inputs, options)
  return matrices("jacobian", f, inputs, read_options("jacobian", options))
end

-- f as a function of a single element.
local function single_element(owner, f, variables)
  local outputs = call(owner, f, variables)
  if #outputs ~= 1 or outputs[1]:numel() ~= 1 then
    fail("%s: the function returned %s, expected one tensor of a single element", owner,
      #outputs == 1 and "a tensor " .. shape_text(outputs[1]) or #outputs .. " tensors")
  end
  return outputs[1]
end

function derivatives.hessian(f, inputs, options)
  options = read_options("hessian", options)
  local _, is_list = as_list("hessian", "inputs", inputs)
  local function gradient(...)
    local variables = {...}
    local output = single_element("hessian", f, variables)
    return gradients("hessian", {output}, variables, {core.ones_like(output:detach())},
      {create_graph = true, strict = options.strict})
  end
  local result = matrices("hessian", gradient, inputs, options)
  return is_list and result or result[1]
end

function derivatives.hvp(f, inputs, v, options)
  options = read_options("hvp", options)
  local list, is_list = as_list("hvp", "inputs", inputs)
  local vectors = as_vectors("hvp", "v", v, list)
  return core.enable_grad(function()
    local variables = as_variables("hvp", list, options.create_graph)
    local output = single_element("hvp", f, variables)
    local first = gradients("hvp", {output}, variables, {core.ones_like(output:detach())},
      {create_graph = true, strict = options.strict})
    local second = gradients("hvp", first, variables, vectors, options)
    return finish({output}, options.create_graph)[1], like_given(second, is_list)
  end)
end

arguments.strict_functions("", derivatives)
return derivatives
