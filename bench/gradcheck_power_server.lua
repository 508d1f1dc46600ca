-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Serves the cases of tests/mutants over stdin and stdout, so that another gradient checker can be given the very
-- same functions. A request is a line and tensors, so is a reply; a tensor is a line "requires_grad extent ..."
-- and its elements, little-endian f64. `c` is the number of a case, k and m count tensors.
--
--   list                                    n, then n lines "kind expect order group name" with tabs between
--   inputs c                                k, k tensors; makes the function of the case anew
--   forward c k, k inputs                   m k, m outputs and the k inputs as they are after the call
--   backward c k m, k inputs, m cotangents  k, k gradients
--   second c k m, k inputs, m cotangents, k cotangents of the gradients
--                                           k + m, the gradients of the gradients
--   check c mode                            "verdict", it, and "good" or "missed": this library's own check
--
-- "error TEXT" replies to what failed. Random numbers repeat in every request.
local sg = require "selenograd"
local folder = arg[1]
package.path = folder .. "/?.lua;" .. package.path

local cases = require("mutants.cases").list()
local judge = require "mutants.judge"

local case, f
local state = sg.get_rng_state()

-- ---- Tensors ----

local function read_tensor()
  local shape, count, flag = {}, 1, nil
  for word in io.read("l"):gmatch("%d+") do
    local number = math.tointeger(word)
    if flag == nil then
      flag = number == 1
    else
      shape[#shape + 1] = number
      count = count * number
    end
  end
  local bytes = count > 0 and io.read(8 * count) or ""
  local values, position = {}, 1
  for i = 1, count do values[i], position = string.unpack("<d", bytes, position) end
  local x
  if #shape == 0 then
    x = sg.tensor(values[1], {dtype = "f64"})
  elseif count == 0 then
    x = sg.zeros(shape, {dtype = "f64"})
  else
    x = sg.tensor(values, {dtype = "f64"}):reshape(shape)
  end
  x.requires_grad = flag
  return x
end

local function read_tensors(count)
  local list = {}
  for i = 1, count do list[i] = read_tensor() end
  return list
end

local function write_tensor(x)
  io.write(x.requires_grad and "1" or "0", #x.shape > 0 and " " or "", table.concat(x.shape, " "), "\n")
  local n = x:numel()
  if n == 0 then return end
  local values = n == 1 and {x:reshape({1}):item()} or x:detach():reshape({n}):totable()
  local parts = {}
  for i = 1, n do parts[i] = string.pack("<d", values[i]) end
  io.write(table.concat(parts))
end

local function reply(words, ...)
  io.write(words, "\n")
  for _, list in ipairs {...} do
    for _, x in ipairs(list) do write_tensor(x) end
  end
end

-- ---- Requests ----

local serve = {}

function serve.list()
  local lines = {}
  for i, c in ipairs(cases) do
    local expect = type(c.expect) == "table" and table.concat(c.expect, " or ") or c.expect
    lines[i] = table.concat({c.kind, expect, c.check.order or 1, c.group, c.name}, "\t")
  end
  return #lines .. "\n" .. table.concat(lines, "\n")
end

function serve.inputs(number)
  case = cases[number]
  f = case.make()
  local inputs, any = case.inputs(), false
  for _, x in ipairs(inputs) do any = any or x.requires_grad end
  if not any then
    for _, x in ipairs(inputs) do x.requires_grad = true end
  end
  return tostring(#inputs), inputs
end

function serve.forward(_, k)
  local inputs = read_tensors(k)
  local outputs = sg.no_grad(function() return {f(table.unpack(inputs))} end)
  return ("%d %d"):format(#outputs, k), outputs, inputs
end

-- The gradients of `outputs` with zeros where there is none.
local function gradients(outputs, inputs, cotangents, options)
  local some, given, wanted = {}, {}, {}
  for i, y in ipairs(outputs) do
    if y.requires_grad then
      some[#some + 1], given[#given + 1] = y, cotangents[i]
    end
  end
  for _, x in ipairs(inputs) do
    if x.requires_grad then wanted[#wanted + 1] = x end
  end
  options.grad_outputs, options.allow_unused = given, true
  local found = #some > 0 and sg.grad(some, wanted, options) or {}
  local result, next_one = {}, 1
  for i, x in ipairs(inputs) do
    local d = false
    if x.requires_grad then
      d = found[next_one]
      next_one = next_one + 1
    end
    result[i] = d or sg.zeros(x.shape, {dtype = "f64"})
  end
  return result
end

function serve.backward(_, k, m)
  local inputs, cotangents = read_tensors(k), read_tensors(m)
  return tostring(k), gradients({f(table.unpack(inputs))}, inputs, cotangents, {})
end

function serve.second(_, k, m)
  local inputs, cotangents, seconds = read_tensors(k), read_tensors(m), read_tensors(k)
  for _, v in ipairs(cotangents) do v.requires_grad = true end
  local first = gradients({f(table.unpack(inputs))}, inputs, cotangents, {create_graph = true})
  local all = table.move(cotangents, 1, m, k + 1, table.move(inputs, 1, k, 1, {}))
  return tostring(k + m), gradients(first, all, seconds, {})
end

function serve.check(number, mode)
  local result = judge.run(cases[number], mode)
  return ("verdict %s %s"):format(result.verdict, result.good and "good" or "missed")
end

io.stdout:setvbuf("full")
for line in io.lines() do
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = math.tointeger(word) or word end
  sg.set_rng_state(state)
  -- Tensors of a request are read before anything can fail; what fails has taken them all.
  local results = table.pack(pcall(serve[words[1]], table.unpack(words, 2)))
  if results[1] then
    reply(table.unpack(results, 2, results.n))
  else
    io.write("error ", (tostring(results[2]):gsub("\n.*", "")), "\n")
  end
  io.flush()
end
