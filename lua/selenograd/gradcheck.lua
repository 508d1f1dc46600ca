-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck(f, inputs, options) and sg.assert_gradcheck, for whatever can be called. A function, an op, a table
-- with __call go to the checker; what has a __gradcheck in its metatable, as modules do, is asked how to check it.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local checked_arguments = require "selenograd.checked_arguments"

-- Entries of an option by input, for the tensors they mean.
local function spread(packed, values)
  if type(values) ~= "table" or core.is_tensor(values) then return values end
  local result = {}
  for key, value in pairs(values) do
    local found = packed.find(key)
    if #found == 0 then result[key] = value end -- the checker says what is wrong with the key
    for _, i in ipairs(found) do result[i] = value end
  end
  return result
end

-- With arguments that are no tensors: the checker gets the tensors, f everything.
local function check_mixed(f, inputs, options)
  local copy = {}
  for key, value in pairs(options or {}) do copy[key] = value end
  local count = 0
  for key in pairs(inputs) do count = math.max(count, key) end
  local packed = checked_arguments.pack(inputs, checked_arguments.names(copy.names, count))
  if #packed.tensors == 0 then core.fail("gradcheck: no input is a tensor, expected at least one") end
  copy.names, copy.skip, copy.check = packed.names, spread(packed, copy.skip), spread(packed, copy.check)
  local tensors = #packed.tensors
  local report = core.gradcheck(function(...)
    local list, n = packed.build {...}, packed.count
    if select("#", ...) > tensors then
      n = n + 1
      list[n] = select(tensors + 1, ...) -- the option `options`
    end
    return f(table.unpack(list, 1, n))
  end, packed.tensors, copy)
  return packed.place(report)
end

local function is_callable(f)
  return type(f) == "function" or type(f) == "table" and (getmetatable(f) or {}).__call ~= nil
end

-- gradcheck(f, inputs, options): the report, a table; print shows it.
local function gradcheck(f, inputs, options)
  local meta = type(f) == "table" and getmetatable(f)
  local check = type(meta) == "table" and rawget(meta, "__gradcheck")
  if check then return check(f, inputs, options) end
  local readable = is_callable(f) and (options == nil or type(options) == "table")
  if readable and checked_arguments.are_mixed(inputs) then return check_mixed(f, inputs, options) end
  return core.gradcheck(f, inputs, options)
end

-- assert_gradcheck(f, inputs, options): the report when it is ok, else an error with it as text.
local function assert_gradcheck(f, inputs, options)
  local report = gradcheck(f, inputs, options)
  if not report.ok then core.fail("assert_gradcheck: the gradient is not proven\n" .. report.text) end
  return report
end

return arguments.strict_functions("", {gradcheck = gradcheck, assert_gradcheck = assert_gradcheck})
