-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- standardize(train, ..., {dim = {...}, eps = 1e-12}): subtracts the mean of `train` and divides by its standard
-- deviation (the root of the biased variance); the other tensors, such as test data, are transformed by the same
-- two numbers. Returns the transformed tensors in order, then mean and deviation.
--
-- Without `dim` there is one mean over all values; with it, the mean is taken over those dimensions only:
-- {dim = {1, 3, 4}} standardizes every channel of (N, C, H, W) on its own. Where the variance is below eps the
-- deviation counts as 1, so constant columns become 0.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"

local function deviation_of(var, eps)
  local function root(value) return value < eps and 1 or math.sqrt(value) end
  local options = {dtype = var.dtype}
  if #var.shape == 0 then return sg.tensor(root(var:item()), options) end
  local values = var:reshape({var:numel()}):totable()
  for i, value in ipairs(values) do values[i] = root(value) end
  return sg.tensor(values, options):reshape(var.shape)
end

local function statistics(train, dim, eps)
  if not dim then return train:mean(), deviation_of(train:var({correction = 0}), eps) end
  local mean = train:mean({dim = dim, keepdim = true})
  return mean, deviation_of(train:var({dim = dim, keepdim = true, correction = 0}), eps)
end

local function standardize(...)
  local tensors, options = arguments.values_and_options(...)
  options = arguments.options("standardize", options, {dim = false, eps = 1e-12})
  arguments.number("standardize", "eps", options.eps, "[0, inf)")
  for i = 1, tensors.n do
    local tensor = tensors[i]
    if not sg.is_tensor(tensor) or not tensor:is_floating_point() then
      fail("standardize: argument %d is %s, expected an f32 or f64 tensor", i,
        sg.is_tensor(tensor) and ("a tensor of dtype %s"):format(tensor.dtype) or arguments.describe(tensor))
    end
  end
  if tensors.n == 0 or tensors[1]:numel() == 0 then
    fail("standardize: no values to take the mean of, expected a non-empty tensor")
  end
  return sg.no_grad(function()
    local mean, deviation = statistics(tensors[1], options.dim or nil, options.eps)
    local results = {}
    for i, tensor in ipairs(tensors) do results[i] = (tensor - mean):div_(deviation) end
    local count = #results
    results[count + 1], results[count + 2] = mean, deviation
    return table.unpack(results)
  end)
end

return standardize
