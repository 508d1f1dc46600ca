-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.testing: comparisons of tensors for tests.
--
--   sg.testing.assert_close(actual, expected, {rtol = r, atol = a, equal_nan = false, check_dtype = true})
--
-- Raises an error that counts and shows the elements that differ by more than atol + rtol |expected|, and otherwise
-- returns nothing. The tolerances are those of the coarser dtype unless both are given: f32 1.3e-6 and 1e-5, f64
-- 1e-7 and 1e-7, others 0. Shapes must be the same, and dtypes unless check_dtype = false. Both are tensors, or
-- numbers, or tables of these with the same keys.

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"

local testing = {}

local tolerances = {f32 = {rtol = 1.3e-6, atol = 1e-5}, f64 = {rtol = 1e-7, atol = 1e-7}}

local function tolerance(options, actual, expected)
  if (options.rtol == nil) ~= (options.atol == nil) then
    fail("testing.assert_close: rtol and atol are given both or not at all")
  end
  if options.rtol then return options end
  local dtype = (actual.dtype == "f32" or expected.dtype == "f32") and "f32" or actual.dtype
  return tolerances[dtype] or {rtol = 0, atol = 0}
end

local function is_value(x) return sg.is_tensor(x) or type(x) == "number" or type(x) == "boolean" end

local function as_tensor(x)
  if sg.is_tensor(x) then return x:detach() end
  return sg.tensor(x, math.type(x) == "float" and {dtype = "f64"} or nil)
end

local function position_text(shape, position)
  local index, left = {}, position - 1
  for d = #shape, 1, -1 do
    index[d] = left % shape[d] + 1
    left = left // shape[d]
  end
  return "[" .. table.concat(index, ", ") .. "]"
end

local function text(number) return number ~= number and "nan" or ("%.9g"):format(number) end

-- Where the difference is largest, a NaN being larger than any.
local function worst(actual, expected, far)
  local distance = (actual:to("f64") - expected:to("f64")):abs()
  distance = sg.where(sg.isnan(distance), math.huge, distance)
  return sg.where(far, distance, -1.0):flatten():argmax():item()
end

local function compare(path, actual, expected, options)
  local a, b = as_tensor(actual), as_tensor(expected)
  local shape_a, shape_b = table.concat(a.shape, ", "), table.concat(b.shape, ", ")
  if shape_a ~= shape_b then fail("%shas shape [%s], expected [%s]", path, shape_a, shape_b) end
  if options.check_dtype and a.dtype ~= b.dtype then
    fail("%shas dtype %s, expected %s", path, a.dtype, b.dtype)
  end
  local t = tolerance(options, a, b)
  if a.dtype ~= b.dtype then a, b = a:to("f64"), b:to("f64") end
  if a.dtype == "bool" or a.dtype == "u8" then a, b = a:to("i64"), b:to("i64") end
  local far = sg.logical_not(sg.isclose(a, b, {rtol = t.rtol, atol = t.atol, equal_nan = options.equal_nan}))
  local count, elements = far:count_nonzero():item(), a:numel()
  if count == 0 then return end
  local at = worst(a, b, far)
  local x, y = a:flatten()[at]:item(), b:flatten()[at]:item()
  fail("%s%d of %d elements %s not close (rtol %g, atol %g); the farthest, %s, is %s, expected %s", path, count,
    elements, count == 1 and "is" or "are", t.rtol, t.atol, position_text(a.shape, at), text(x), text(y))
end

local function compare_tables(path, actual, expected, options)
  for key in pairs(actual) do
    if expected[key] == nil then fail("%s%s is not expected", path, arguments.key(key)) end
  end
  for key, value in pairs(expected) do
    local name = path .. arguments.key(key) .. ": "
    local other = actual[key]
    if type(value) == "table" and type(other) == "table" then
      compare_tables(name, other, value, options)
    elseif is_value(value) and is_value(other) then
      compare(name, other, value, options)
    else
      fail("%sis %s, expected %s", name, type(other), type(value))
    end
  end
end

function testing.assert_close(actual, expected, options)
  local owner = "testing.assert_close"
  options = arguments.options(owner, options, {rtol = false, atol = false, equal_nan = false, check_dtype = true})
  for _, name in ipairs {"rtol", "atol"} do
    if options[name] then arguments.number(owner, name, options[name], "[0, inf)") else options[name] = nil end
  end
  sg.no_grad(function()
    if is_value(actual) and is_value(expected) then
      compare(owner .. ": ", actual, expected, options)
    elseif type(actual) == "table" and type(expected) == "table" then
      compare_tables(owner .. ": ", actual, expected, options)
    else
      fail("%s: expected two tensors, two numbers or two tables, not a %s and a %s", owner, type(actual),
        type(expected))
    end
  end)
end

return arguments.library("testing", arguments.strict_functions("testing.", testing))
