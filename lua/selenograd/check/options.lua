-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The command line of `selenograd check`.
--
-- parse(arguments) returns a table: file, names (positional ones after it), ops (boolean), check (the options that
-- go to sg.gradcheck), and the others by name; or nil and a message.

local sg = require "selenograd"

local options = {}

options.help = [[
usage: selenograd check FILE.lua [CASE...] [options]   check the cases in a file
       selenograd check --ops [NAME...] [options]      check the registered ops

FILE.lua returns a table of named cases, each a function and its inputs:

  local sg = require "selenograd"
  local x = sg.randn(4, 3, {dtype = "f64", requires_grad = true})
  return {
    swish = {function(x) return x * x:sigmoid() end, {x}},
    norm  = {f = my_norm, inputs = {x}, options = {order = 2, names = {"x"}}},
    model = function() return sg.nn.Linear(3, 2), {x} end,    -- made when its turn comes
  }

A case may say expect = "fail": it passes when that is its verdict. A list of cases
with name = "..." in each keeps its order. CASE is the name of a case to check alone.

what to check
  --filter PATTERN   only cases whose name contains this Lua pattern
  --list             print the names of the cases and check nothing
  --ops              the samples of every op, or of the ops named: first and second derivative
  --load FILE        with --ops: a library of ops, or a Lua file that defines some; repeatable

how
  --mode MODE        auto (default), full (every element) or directional (probes)
  --detached WHICH   what is detached: follow (default), or constant with the values at the point
  --order N          derivatives up to the N-th: 1 (default), 2 or 3
  --seed N           of the checker's random numbers, and of those the file draws
  --miss P           directional: the probability with which an error may slip through (0.01)
  --budget N         directional: the most evaluations of the function
  --k K              error bars are K times GSL's estimate (16)
  --step H           first step of the differences (from the input's scale)
  --threads N        threads to compute with
What is given here goes before what a case says in its options.

what to write
  --json FILE        everything, for programs: docs/gradcheck.md describes it
  --junit FILE       for continuous integration
  --html FILE        for people: one page with plots, nothing else needed
  -v, --verbose      a line for every input, what was spent and promised, tracebacks
  -q, --quiet        only what did not pass, and the last line
A FILE of - is standard output; the table then goes to standard error. NO_COLOR=1 takes the colours away.

exit code
  0  every case passed (at a kink: with a valid subgradient)
  1  a case failed
  2  a case could not be checked, or the command line or the file is wrong
  3  some cases are inconclusive, the others passed
]]

-- ---- Values -----------------------------------------------------------------------------------------------

local function choice(...)
  local words = {...}
  return function(text)
    for _, word in ipairs(words) do
      if text == word then return text end
    end
    return nil, ("'%s' is not one of %s%s"):format(text, table.concat(words, ", "), sg.closest(text, words))
  end
end

local function whole(least, most)
  return function(text)
    local value = text:match("^%d+$") and math.tointeger(tonumber(text))
    if value and value >= least and value <= most then return value end
    if most == math.maxinteger then return nil, ("'%s' is not a whole number >= %d"):format(text, least) end
    return nil, ("'%s' is not a whole number from %d to %d"):format(text, least, most)
  end
end

local function number(words, holds)
  return function(text)
    local value = tonumber(text)
    if value and holds(value) then return value end
    return nil, ("'%s' is not a %s"):format(text, words)
  end
end

local function above_zero(value) return value > 0 and value < math.huge end

local function text_value(text)
  if text ~= "" then return text end
  return nil, "an empty name"
end

-- `check`: goes to sg.gradcheck under this name. `list`: may be given several times.
local with_value = {
  mode = {choice("auto", "full", "directional"), check = true},
  detached = {choice("follow", "constant"), check = true},
  order = {whole(1, 3), check = true},
  seed = {whole(0, math.maxinteger), check = true},
  miss = {number("probability between 0 and 1", function(p) return p > 0 and p < 1 end), check = true},
  budget = {whole(1, math.maxinteger), check = true},
  k = {number("number >= 1", function(k) return k >= 1 and k < math.huge end), check = true},
  step = {number("number > 0", above_zero), check = true},
  threads = {whole(1, 1024)},
  filter = {function(text)
    local good, message = pcall(string.find, "", text)
    if good then return text end
    return nil, ("'%s' is not a Lua pattern: %s"):format(text, message)
  end},
  load = {text_value, list = true},
  json = {text_value},
  junit = {text_value},
  html = {text_value},
}

local without_value = {help = true, list = true, ops = true, quiet = true, verbose = true}
local short = {h = "help", q = "quiet", v = "verbose"}

-- ---- Parsing ----------------------------------------------------------------------------------------------

local function names_of_options()
  local names = {}
  for name in pairs(with_value) do names[#names + 1] = "--" .. name end
  for name in pairs(without_value) do names[#names + 1] = "--" .. name end
  table.sort(names)
  return names
end

local function unknown(given)
  return nil, ("unknown option '%s'%s"):format(given, sg.closest(given, names_of_options()))
end

local function store(parsed, name, text)
  local option = with_value[name]
  local value, message = option[1](text)
  if value == nil then return nil, ("--%s: %s"):format(name, message) end
  if option.list then table.insert(parsed[name], value)
  elseif option.check then parsed.check[name] = value
  else parsed[name] = value end
  return true
end

-- Reads the option at arguments[i]; returns the place of its last word.
local function read_option(parsed, arguments, i)
  local given = arguments[i]
  local name, value = given:match("^%-%-([^=]+)=(.*)$")
  name = name or given:match("^%-%-(.+)$") or short[given:match("^%-(.)$")]
  if without_value[name] then
    if value then return nil, ("--%s takes no value"):format(name) end
    parsed[name] = true
    return i
  end
  if not with_value[name] then return unknown(given) end
  if not value then
    i = i + 1
    value = arguments[i]
    if not value then return nil, ("--%s needs a value after it"):format(name) end
  end
  local stored, message = store(parsed, name, value)
  if not stored then return nil, message end
  return i
end

local function conclude(parsed, words)
  if parsed.help then return parsed end
  if not parsed.ops then
    parsed.file = table.remove(words, 1)
    if not parsed.file then return nil, "there is no file to check" end
    if #parsed.load > 0 then return nil, "--load goes with --ops; a file of cases loads what it needs" end
  end
  parsed.names = words
  local taken = {}
  for _, kind in ipairs { "json", "junit", "html" } do
    local path = parsed[kind]
    if path and taken[path] then
      return nil, ("--%s and --%s both write to '%s'"):format(taken[path], kind, path)
    end
    if path then taken[path] = kind end
  end
  return parsed
end

function options.parse(arguments)
  local parsed, words, i = {check = {}, load = {}}, {}, 1
  while i <= #arguments do
    local word = arguments[i]
    if word == "--" then
      table.move(arguments, i + 1, #arguments, #words + 1, words)
      break
    elseif word:match("^%-.") then
      local last, message = read_option(parsed, arguments, i)
      if not last then return nil, message end
      i = last
    else
      words[#words + 1] = word
    end
    i = i + 1
  end
  return conclude(parsed, words)
end

return options
