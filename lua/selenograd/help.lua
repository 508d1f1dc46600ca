-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.help(x) prints the manual of an op, given by its name or as the function; sg.help() a line for each op. Of
-- other functions and methods it prints what they take.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"
local other_names = require "selenograd.other_names"

-- Read when somebody asks: few scripts do.
local function signatures() return require "selenograd.signatures" end

local function name_of(x)
  if type(x) == "string" then return x end
  for _, name in ipairs(core.ops()) do
    if x ~= nil and (core[name] == x or core.methods[name] == x) then return name end
  end
  fail("help: %s is no op; give its name, as in sg.help(\"matmul\")", arguments.describe(x))
end

-- "sg.no_grad(f: function, ...: any): any", and the method of that name.
local function print_signatures(name)
  local known = signatures()
  for _, each in ipairs {{"sg.", known.functions[name]}, {"x:", known.methods[name]}} do
    local place, signature = each[1], each[2]
    if signature then print(("%s%s\n  %s"):format(place, signature.line, signature.words)) end
  end
end

local function plain_name(x)
  local known, name = signatures(), type(x) == "string" and x or nil
  for each in pairs(type(x) == "function" and known.functions or {}) do
    if require "selenograd"[each] == x and not other_names[each] then name = each end
  end
  return (known.functions[name] or known.methods[name]) and name
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
