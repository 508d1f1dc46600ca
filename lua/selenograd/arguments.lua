-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Checks of arguments. Each takes the name of the class or function and of the argument, returns the value in the
-- form the caller uses, and otherwise raises `Linear: in_features is -3, expected a whole number >= 1`.

local fail = require "selenograd.fail"

local arguments = {}

-- What a value looks like in a message.
local function describe(value)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) == "number" then return string.format(math.type(value) == "integer" and "%d" or "%.9g", value) end
  if value == nil or type(value) == "boolean" then return tostring(value) end
  return "a " .. type(value)
end

-- The name of an option or a field.
function arguments.key(name)
  return type(name) == "string" and "'" .. name .. "'" or describe(name)
end

local function whole(value)
  return type(value) == "number" and math.tointeger(value) or nil
end

-- A whole number of at least `least`, as an integer.
function arguments.whole(owner, name, value, least)
  local number = whole(value)
  if number and number >= least then return number end
  fail("%s: %s is %s, expected a whole number >= %d", owner, name, describe(value), least)
end

-- A whole number or a list of `count` of them, each at least `least`; returns a list.
function arguments.whole_list(owner, name, value, count, least)
  local list = type(value) == "table" and value or nil
  if list and #list ~= count then
    fail("%s: %s has %d values, expected %d", owner, name, #list, count)
  end
  local result = {}
  for i = 1, count do
    local number = whole(list and list[i] or value)
    if not (number and number >= least) then
      fail("%s: %s is %s, expected a whole number >= %d or a list of %d", owner, name,
        describe(list and list[i] or value), least, count)
    end
    result[i] = number
  end
  return result
end

local function parse_interval(text)
  local open, low, high, close = text:match("^([%[%(])(%S+), (%S+)([%]%)])$")
  return {
    low = low == "-inf" and -math.huge or tonumber(low),
    high = high == "inf" and math.huge or tonumber(high),
    low_open = open == "(",
    high_open = close == ")",
  }
end

local intervals = setmetatable({}, {__index = function(cache, text)
  cache[text] = parse_interval(text)
  return cache[text]
end})

-- A number in an interval written as people write it: "[0, 1]", "(0, 1)", "[0, inf)".
function arguments.number(owner, name, value, interval)
  local bounds = intervals[interval]
  local inside = type(value) == "number" -- NaN fails every comparison
    and (value > bounds.low or value == bounds.low and not bounds.low_open)
    and (value < bounds.high or value == bounds.high and not bounds.high_open)
  if not inside then fail("%s: %s is %s, expected a number in %s", owner, name, describe(value), interval) end
  return value
end

function arguments.boolean(owner, name, value)
  if type(value) ~= "boolean" then fail("%s: %s is %s, expected true or false", owner, name, describe(value)) end
  return value
end

function arguments.choice(owner, name, value, choices)
  for _, choice in ipairs(choices) do
    if value == choice then return value end
  end
  fail("%s: %s is %s, expected one of %s", owner, name, describe(value), table.concat(choices, ", "))
end

-- f32 or f64, the dtypes of parameters.
function arguments.dtype(owner, value)
  return arguments.choice(owner, "dtype", value, {"f32", "f64"})
end

-- The options a user gave, completed by the defaults; a name that is not among the defaults is an error.
function arguments.options(owner, options, defaults)
  if options ~= nil and type(options) ~= "table" then
    fail("%s: options are %s, expected a table", owner, describe(options))
  end
  local result = {}
  for name, value in pairs(defaults) do result[name] = value end
  for name, value in pairs(options or {}) do
    if defaults[name] == nil then
      local known = {}
      for known_name in pairs(defaults) do known[#known + 1] = known_name end
      table.sort(known)
      fail("%s: unknown option %s, expected one of %s", owner, arguments.key(name), table.concat(known, ", "))
    end
    result[name] = value
  end
  return result
end

arguments.describe = describe

return arguments
