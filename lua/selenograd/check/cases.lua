-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The cases in the table that a file returns.
--
--   return {
--     swish = {f, {x}},                                              -- the function, its inputs[, options]
--     norm = {f = norm, inputs = {x, gamma}, options = {order = 2}}, -- the same by name
--     model = {nn.Linear(3, 2), {x}},                                -- whatever sg.gradcheck takes
--     step = {cell, {x, {h = h}, 2}},                                -- with tables and numbers
--     large = function() return f, {sg.randn(1000, 1000)} end,       -- made when its turn comes
--     wrong = {f, {x}, expect = "fail"},                             -- passes when this is its verdict
--   }
--
-- Named cases are checked in alphabetical order. A list keeps its order: {{name = "first", f, {x}}, ...}.

local sg = require "selenograd"
local text = require "selenograd.check.text"

local cases = {}

local fields = {"f", "inputs", "options", "expect", "name"}
local outcomes = {"pass", "fail", "nondifferentiable", "inconclusive", "error"}

local function contains(list, value)
  for _, element in ipairs(list) do
    if element == value then return true end
  end
  return false
end

local function is_callable(value)
  if type(value) == "function" then return true end
  local metatable = not sg.is_tensor(value) and getmetatable(value)
  return type(metatable) == "table" and metatable.__call ~= nil
end

local function describe(value)
  if value == nil then return "nothing" end
  if sg.is_tensor(value) then return "a tensor" end
  if type(value) == "string" then return ("the string %q"):format(value) end
  if type(value) == "number" or type(value) == "boolean" then return tostring(value) end
  return "a " .. type(value)
end

-- ---- One case ---------------------------------------------------------------------------------------------

local function check_fields(given)
  for key in pairs(given) do
    if type(key) == "string" and not contains(fields, key) then
      error(("unknown field '%s' in the case%s"):format(key, sg.closest(key, fields)), 0)
    elseif type(key) ~= "string" and not (math.type(key) == "integer" and key >= 1 and key <= 3) then
      error(("unknown field %s in the case, expected {f, inputs, options}"):format(describe(key)), 0)
    end
  end
  for i = 1, 3 do
    if given[i] ~= nil and given[fields[i]] ~= nil then
      error(("the case gives %s twice, by place and by name"):format(fields[i]), 0)
    end
  end
end

local function check_expect(expect)
  if expect ~= nil and not contains(outcomes, expect) then
    local near = type(expect) == "string" and sg.closest(expect, outcomes) or ""
    error(("expect is %s, expected one of %s%s"):format(describe(expect), table.concat(outcomes, ", "), near), 0)
  end
end

-- {f, inputs, options, expect} of what a case is written as; raises what is wrong with it.
local function read_case(given)
  if type(given) ~= "table" then
    error(("the case is %s, expected {f, inputs} or a function that returns them"):format(describe(given)), 0)
  end
  if is_callable(given) then error("the case is a module without inputs, expected {module, inputs}", 0) end
  check_fields(given)
  local case = {f = given.f or given[1], inputs = given.inputs or given[2], options = given.options or given[3]}
  check_expect(given.expect)
  if case.f == nil then error("the case has no function, expected {f, inputs}", 0) end
  if not is_callable(case.f) then
    error(("the function of the case is %s, expected a function, an op or a module"):format(describe(case.f)), 0)
  end
  if case.inputs == nil then error("the case has no inputs, expected {f, inputs}", 0) end
  if type(case.inputs) ~= "table" and not sg.is_tensor(case.inputs) then
    error(("the inputs of the case are %s, expected a list of tensors"):format(describe(case.inputs)), 0)
  end
  if case.options ~= nil and type(case.options) ~= "table" then
    error(("the options of the case are %s, expected a table"):format(describe(case.options)), 0)
  end
  case.expect = given.expect
  return case
end

-- What a case that is a function makes.
local function make(given)
  local results = table.pack(xpcall(given, cases.failure))
  if not results[1] then
    if debug.getinfo(given, "u").nparams > 0 then
      results[2].message = results[2].message ..
        "\n(a case that is a function is called without arguments, to return the function to check and its inputs)"
    end
    error(results[2], 0)
  end
  local first = results[2]
  if type(first) == "table" and not is_callable(first) then return first end
  if results.n == 1 then error("the case is a function that returned nothing, expected f, inputs", 0) end
  return {results[2], results[3], results[4]}
end

-- Makes a case ready: {f, inputs, options, expect}. Raises what is wrong.
function cases.make(case)
  local made = read_case(type(case.given) == "function" and make(case.given) or case.given)
  made.expect = made.expect or case.expect
  return made
end

-- An error as {message = , traceback = }, for xpcall.
function cases.failure(message)
  if type(message) == "table" and message.traceback then return message end
  local metatable = type(message) ~= "string" and getmetatable(message)
  if type(metatable) == "table" and metatable.__tostring then message = tostring(message) end
  if type(message) ~= "string" then message = "an error that is " .. describe(message) end
  local traceback = sg.command_traceback(message) or debug.traceback(message, 2)
  -- What called the case says nothing to a user.
  local own = traceback:find("\n[^\n]*[^\n]*selenograd/check/")
  traceback = own and traceback:sub(1, own - 1):gsub("\n%s*%[C%]: in function 'x?pcall'$", "") or traceback
  return {message = message, traceback = traceback}
end

-- ---- All of them ------------------------------------------------------------------------------------------

local function lists_first(a, b)
  local list_a, list_b = math.type(a) == "integer", math.type(b) == "integer"
  if list_a ~= list_b then return list_a end
  return a < b
end

local function check_key(file, key)
  if type(key) == "string" or math.type(key) == "integer" then return end
  error(("%s: the table of cases has the key %s, expected names"):format(file, describe(key)), 0)
end

local function name_of(key, given)
  if type(key) == "string" then return key end
  local name = type(given) == "table" and not is_callable(given) and given.name
  return type(name) == "string" and name or "case " .. key
end

local function holds_tensor(list)
  for _, value in pairs(list) do
    if sg.is_tensor(value) then return true end
  end
  return false
end

local function refuse_single(file, given)
  local second = not is_callable(given) and given[2]
  local alone = is_callable(given) or is_callable(given.f) and given.inputs ~= nil or
    is_callable(given[1]) and (sg.is_tensor(second) or type(second) == "table" and holds_tensor(second))
  if alone then
    error(("%s: the file returns one case, expected a table of cases: return {name = {f, inputs}}"):format(file), 0)
  end
end

-- The list of cases, {name = , given = }, in the order in which they are checked.
function cases.list(file, given)
  if given == nil then
    error(("%s: the file returned nothing, expected a table of cases: return {name = {f, inputs}}"):format(file), 0)
  end
  if not is_callable(given) and type(given) ~= "table" then
    error(("%s: the file returned %s, expected a table of cases"):format(file, describe(given)), 0)
  end
  refuse_single(file, given)
  local keys, list, taken = {}, {}, {}
  for key in pairs(given) do
    check_key(file, key)
    keys[#keys + 1] = key
  end
  if #keys == 0 then error(file .. ": the table of cases is empty", 0) end
  table.sort(keys, lists_first)
  for i, key in ipairs(keys) do
    local name = text.line(name_of(key, given[key]))
    if name:match("^%s*$") then error(("%s: a case has an empty name"):format(file), 0) end
    if taken[name] then error(("%s: there are two cases named '%s'"):format(file, name), 0) end
    taken[name] = true
    list[i] = {name = name, given = given[key]}
  end
  return list
end

-- The cases in a file ("-": standard input). Raises what is wrong as a string or as cases.failure.
function cases.load(file)
  local chunk, message = loadfile(file ~= "-" and file or nil, "t")
  if not chunk then error(message, 0) end
  _G.arg = {[0] = file}
  local good, result = xpcall(chunk, cases.failure)
  if not good then error(result, 0) end
  return cases.list(file, result)
end

-- Those that were asked for, by exact names and a pattern. Raises when there is none.
function cases.select(list, names, pattern)
  local known, wanted, selected = {}, {}, {}
  for i, case in ipairs(list) do known[i] = case.name end
  for _, name in ipairs(names) do
    if not contains(known, name) then
      error(("there is no case '%s'%s"):format(name, sg.closest(name, known)), 0)
    end
    wanted[name] = true
  end
  for _, case in ipairs(list) do
    if (#names == 0 or wanted[case.name]) and (not pattern or case.name:find(pattern)) then
      selected[#selected + 1] = case
    end
  end
  if #selected == 0 then error(("no case matches the pattern '%s'"):format(pattern), 0) end
  return selected
end

return cases
