-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.help(x) prints the manual of an op, given by its name or as the function; sg.help() a line for each op.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"

local function name_of(x)
  if type(x) == "string" then return x end
  for _, name in ipairs(core.ops()) do
    if x ~= nil and (core[name] == x or core.methods[name] == x) then return name end
  end
  fail("help: %s is no op; give its name, as in sg.help(\"matmul\")", arguments.describe(x))
end

local help = {}

function help.help(x)
  local manual = require "selenograd.manual" -- late, as it needs all of sg
  local text = manual(x ~= nil and name_of(x) or nil)
  print((text:gsub("\n$", "")))
end

return arguments.strict_functions("", help)
