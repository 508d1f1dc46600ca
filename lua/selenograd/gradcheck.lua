-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck(f, inputs, options) and sg.assert_gradcheck, for whatever can be called: a function, an op, a table
-- with __call go to the checker, a module goes to selenograd.nn.gradcheck.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local is_module = require("selenograd.nn.module.kind").is_module

-- gradcheck(f, inputs, options): the report, a table; print shows it.
local function gradcheck(f, inputs, options)
  if is_module(f) then return require "selenograd.nn.gradcheck"(f, inputs, options) end
  return core.gradcheck(f, inputs, options)
end

-- assert_gradcheck(f, inputs, options): the report when it is ok, else an error with it as text.
local function assert_gradcheck(f, inputs, options)
  local report = gradcheck(f, inputs, options)
  if not report.ok then core.fail("assert_gradcheck: the gradient is not proven\n" .. report.text) end
  return report
end

return arguments.strict_functions("", {gradcheck = gradcheck, assert_gradcheck = assert_gradcheck})
