-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Checks of arguments. Each takes the name of the class or function and of the argument, returns the value in the
-- form the caller uses, and otherwise raises `Linear: in_features is -3, expected a whole number >= 1`.

local core = require "selenograd.core"
local fail = require "selenograd.fail"

local arguments = {}

-- What a table calls itself that is an object or a class, such as "Linear"; nil for one that is just a table.
local function name_of(value)
  local meta = type(value) == "table" and getmetatable(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name or nil
end

-- What a value looks like in a message.
local function describe(value)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) == "number" and value ~= value then return "nan" end -- not "-nan", as C may have it
  if type(value) == "number" then return string.format(math.type(value) == "integer" and "%d" or "%.9g", value) end
  if value == nil or type(value) == "boolean" then return tostring(value) end
  if type(value) == "userdata" then return core.describe(value) end
  return "a " .. (name_of(value) or type(value))
end

-- The name of an option or a field.
function arguments.key(name)
  return type(name) == "string" and "'" .. name .. "'" or describe(name)
end

-- "; did you mean 'x'?" for the nearest of a list of names, or "".
function arguments.closest(name, names)
  return type(name) == "string" and core.closest(name, names) or ""
end

-- The names in a table by name, in order.
function arguments.names(values)
  local names = {}
  for name in next, values do names[#names + 1] = type(name) == "string" and name or nil end
  table.sort(names)
  return names
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
  if list and arguments.list(owner, name, list) ~= count then
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

-- A list with one value for each of `count` dimensions: a list of one value stands for all of them.
function arguments.per_dimension(owner, name, list, count)
  if #list ~= 1 and #list ~= count then
    fail("%s: %s has %d values, expected 1 or %d", owner, name, #list, count)
  end
  local result = {}
  for i = 1, count do result[i] = list[i] or list[1] end
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
  fail("%s: %s is %s, expected one of %s%s", owner, name, describe(value), table.concat(choices, ", "),
    arguments.closest(value, choices))
end

function arguments.text(owner, name, value)
  if type(value) ~= "string" then fail("%s: %s is %s, expected a string", owner, name, describe(value)) end
  return value
end

function arguments.tensor(owner, name, value)
  if not core.is_tensor(value) then fail("%s: %s is %s, expected a tensor", owner, name, describe(value)) end
  return value
end

-- The arguments of f(x, y, ..., options): the values with their number n, nil at the end left out, and the options,
-- a plain table at the end or nil.
function arguments.values_and_options(...)
  local values = table.pack(...)
  while values.n > 0 and values[values.n] == nil do values.n = values.n - 1 end
  local last, options = values[values.n], nil
  if type(last) == "table" and getmetatable(last) == nil then
    options = last
    values[values.n] = nil
    values.n = values.n - 1
  end
  return values, options
end

-- Something that can be called, or nil where `optional`.
function arguments.callable(owner, name, value, optional)
  local meta = getmetatable(value)
  if type(value) == "function" or type(meta) == "table" and meta.__call ~= nil then return value end
  if value == nil and optional then return nil end
  fail("%s: %s is %s, expected a function", owner, name, describe(value))
end

-- A list: a table with the keys 1 .. n and no others but table.pack's n, so that nothing in it can be overlooked.
-- Returns n.
function arguments.list(owner, name, value)
  if type(value) ~= "table" or name_of(value) then
    fail("%s: %s is %s, expected a list", owner, name, describe(value))
  end
  local count = #value
  for key, item in next, value do
    local is_count = key == "n" and item == count
    if not is_count and (math.type(key) ~= "integer" or key < 1 or key > count) then
      fail("%s: %s has the key %s, expected a list", owner, name, arguments.key(key))
    end
  end
  for i = 1, count do
    if value[i] == nil then fail("%s: %s[%d] is nil, expected a list", owner, name, i) end
  end
  return count
end

-- f32 or f64, the dtypes of parameters.
function arguments.dtype(owner, value)
  return arguments.choice(owner, "dtype", value, {"f32", "f64"})
end

-- A value of its own: a plain table (a list such as betas) is copied, so that nobody else's changes with it.
local function own(value)
  if type(value) ~= "table" or getmetatable(value) ~= nil then return value end
  local copy = {}
  for key, item in pairs(value) do copy[key] = own(item) end
  return copy
end

-- The options as a table; nil is one without any.
function arguments.option_table(owner, options)
  if options ~= nil and type(options) ~= "table" then
    fail("%s: options are %s, expected a table", owner, describe(options))
  end
  return options or {}
end

-- Refuses the name of an option that is not among the defaults.
function arguments.known_option(owner, name, defaults)
  if defaults[name] ~= nil then return end
  local known = arguments.names(defaults)
  if #known == 0 then fail("%s: unknown option %s, expected none", owner, arguments.key(name)) end
  fail("%s: unknown option %s, expected one of %s%s", owner, arguments.key(name), table.concat(known, ", "),
    arguments.closest(name, known))
end

-- A default that stands for what sg.get_default_dtype() says at the time.
arguments.DEFAULT_DTYPE = setmetatable({}, {})

-- The options a user gave, completed by the defaults; a name that is not among the defaults is an error. Neither
-- the user's tables nor those of the defaults are shared with the result.
function arguments.options(owner, options, defaults)
  local result = {}
  for name, value in pairs(defaults) do
    result[name] = value == arguments.DEFAULT_DTYPE and core.get_default_dtype() or own(value)
  end
  for name, value in pairs(arguments.option_table(owner, options)) do
    arguments.known_option(owner, name, defaults)
    result[name] = own(value)
  end
  return result
end

local unset = setmetatable({}, {}) -- the default of an option for which the descriptor's holds

-- The options of something that is made of an op: those of the op, checked and completed as its descriptor says,
-- and others with the defaults of `more`, unchecked. A default in `more` for an option of the op comes before the
-- descriptor's. Returns both: the op's options in the form in which the op takes them, and the others.
function arguments.op_options(owner, op, options, more)
  local defaults, of_op, others = {}, {}, {}
  for _, attribute in ipairs(core.op_info(op).attributes) do
    defaults[attribute.name], of_op[attribute.name] = unset, true
  end
  for name, value in pairs(more or {}) do defaults[name] = value end
  options = arguments.options(owner, options, defaults)
  local given = {}
  for name, value in pairs(options) do
    if not of_op[name] then
      others[name] = value
    elseif value ~= unset then
      given[name] = value
    end
  end
  return core.op_options(op, owner, given), others
end

-- ---- Surplus arguments --------------------------------------------------------------------------

-- Lua drops arguments that a function does not name, so a misplaced one would go unnoticed.

local most_of = setmetatable({}, {__mode = "k"})
local unchecked = setmetatable({}, {__mode = "k"}) -- by the function that checks: what it calls

-- How many arguments something that can be called takes: infinity where any number of them.
function arguments.most(f)
  local most = most_of[f]
  if most then return most end
  local about = type(f) == "function" and debug.getinfo(f, "u")
  most = about and not about.isvararg and about.nparams or math.huge
  if about then most_of[f] = most end
  return most
end

-- Refuses values after the first `most`; nil counts as absent. `before` arguments are not counted in the message:
-- the self of a method.
function arguments.no_more(owner, most, before, ...)
  for i = most + 1, select("#", ...) do
    local value = select(i, ...)
    if value ~= nil then
      if i <= before then fail("%s: the function takes no self; define it with a colon, x:name(...)", owner) end
      local expected = most == before and "none" or "at most " .. math.tointeger(most - before)
      fail("%s: unexpected argument %d: %s, expected %s", owner, i - before, describe(value), expected)
    end
  end
end

-- call_method(f, self, ...): f(self, ...), which may have no surplus arguments. For a self that is known to be one:
-- a method of strict_methods does not look at it again.
function arguments.call_method(f, self, ...)
  local most = most_of[f] or arguments.most(f)
  if select("#", ...) >= most then arguments.no_more(self.class_name, most, 1, self, ...) end
  return (unchecked[f] or f)(self, ...)
end

-- strict(owner, f): f, which refuses surplus arguments.
function arguments.strict(owner, f)
  local most = arguments.most(f)
  if most == math.huge then return f end
  local function strict(...)
    if select("#", ...) > most then arguments.no_more(owner, most, 0, ...) end
    return f(...)
  end
  most_of[strict], unchecked[strict] = most, f
  return strict
end

-- strict_methods(class, is_self, what): makes the functions of a class refuse surplus arguments and what is no
-- self. `what` names a self; a self's class_name is what messages begin with.
function arguments.strict_methods(class, is_self, what)
  for name, f in pairs(class) do
    if type(f) == "function" and not unchecked[f] and not name:match("^__") then
      local most = arguments.most(f)
      local function strict(self, ...)
        if not is_self(self) then
          fail("%s.%s: self is %s, expected %s; call it with a colon, x:%s(...)", class.class_name, name,
            describe(self), what, name)
        end
        if select("#", ...) >= most then arguments.no_more(self.class_name .. "." .. name, most, 1, self, ...) end
        return f(self, ...)
      end
      most_of[strict], unchecked[strict] = most, f
      class[name] = strict
    end
  end
  return class
end

-- The same for a table of functions.
function arguments.strict_functions(prefix, functions)
  for name, f in pairs(functions) do
    if type(f) == "function" then functions[name] = arguments.strict(prefix .. name, f) end
  end
  return functions
end

-- ---- Names --------------------------------------------------------------------------------------

-- library(name, fields): a table of the library in which a name that is not there is an error.
function arguments.library(name, fields)
  return setmetatable(fields, {
    __index = function(_, key)
      if type(key) ~= "string" then return nil end
      fail("%s has no '%s'%s", name, key, arguments.closest(key, arguments.names(fields)))
    end,
  })
end

-- The __index of objects of a class, and of the class it inherits from if any, that have no optional fields: a name
-- that is not there is an error.
function arguments.strict_index(class, parent)
  return function(self, key)
    local value = class[key]
    if value ~= nil or type(key) ~= "string" then return value end
    local known = {}
    for _, fields in ipairs {self, class, parent} do
      for _, name in ipairs(arguments.names(fields)) do
        if not name:match("^__") then known[#known + 1] = name end
      end
    end
    fail("%s has no '%s'%s", class.class_name, key, arguments.closest(key, known))
  end
end

arguments.describe = describe
arguments.name_of = name_of
arguments.own = own

return arguments
