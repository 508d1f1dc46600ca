-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.help(x) prints the manual of an op, given by its name or as the function; sg.help() a line for each op. Of
-- other functions and methods it prints what they take.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"
local signatures = require "selenograd.signatures"

local function name_of(x)
  if type(x) == "string" then return x end
  for _, name in ipairs(core.ops()) do
    if x ~= nil and (core[name] == x or core.methods[name] == x) then return name end
  end
  fail("help: %s is no op; give its name, as in sg.help(\"matmul\")", arguments.describe(x))
end

-- "sg.no_grad(f: function, ...: any): any", and the method of that name.
local function print_signatures(name)
  for _, each in ipairs {{"sg.", signatures.functions[name]}, {"x:", signatures.methods[name]}} do
    local place, signature = each[1], each[2]
    if signature then print(("%s%s\n  %s"):format(place, signature.line, signature.words)) end
  end
end

local function plain_name(x)
  local name = type(x) == "string" and x or nil
  for each in next, type(x) == "function" and signatures.functions or {} do
    if require "selenograd"[each] == x then name = each end
  end
  return (signatures.functions[name] or signatures.methods[name]) and name
end

local help = {}

function help.help(x)
  local plain = x ~= nil and plain_name(x)
  if plain then return print_signatures(plain) end
  local manual = require "selenograd.manual" -- late, as it needs all of sg
  local text = manual(x ~= nil and name_of(x) or nil)
  print((text:gsub("\n$", "")))
end

return arguments.strict_functions("", help)
