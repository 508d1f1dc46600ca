-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.json.encode(value, {indent = 0})   text; indent 0 gives one line
-- sg.json.decode(text)                  the value; raises "json: line 3, column 7: ..." for what is not JSON
-- sg.json.array(list)                   marks a table as an array, also when it is empty
-- sg.json.null                          null
--
-- A table that has a first element, or was marked, is an array of its elements 1 .. n; any other is an object with
-- string keys. Strings must be UTF-8. JSON has no NaN and no infinities: they are written as the strings "NaN",
-- "Infinity" and "-Infinity".

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"

local json = {null = core.json_null}

local array = {__jsontype = "array"}

function json.array(list)
  if type(list) ~= "table" then
    fail("json.array: list is %s, expected a table", arguments.describe(list))
  end
  return setmetatable(list, array)
end

function json.encode(value, options)
  options = arguments.options("json.encode", options, {indent = 0})
  return core.json_encode(value, options.indent)
end

function json.decode(text)
  if type(text) ~= "string" then fail("json.decode: text is %s, expected a string", arguments.describe(text)) end
  return core.json_decode(text)
end

return arguments.library("json", arguments.strict_functions("json.", json))
