-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck(f, inputs, options) and sg.assert_gradcheck, for whatever can be called. A function, an op, a table
-- with __call go to the checker; what has a __gradcheck in its metatable, as modules do, is asked how to check it.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"

-- gradcheck(f, inputs, options): the report, a table; print shows it.
local function gradcheck(f, inputs, options)
  local meta = type(f) == "table" and getmetatable(f)
  local check = type(meta) == "table" and rawget(meta, "__gradcheck")
  return (check or core.gradcheck)(f, inputs, options)
end

-- assert_gradcheck(f, inputs, options): the report when it is ok, else an error with it as text.
local function assert_gradcheck(f, inputs, options)
  local report = gradcheck(f, inputs, options)
  if not report.ok then core.fail("assert_gradcheck: the gradient is not proven\n" .. report.text) end
  return report
end

return arguments.strict_functions("", {gradcheck = gradcheck, assert_gradcheck = assert_gradcheck})
