-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Random calls of everything there is in Lua, with arguments of every kind, while finalizers, forwards, backwards
-- and metamethods close, convert and drop whatever they can reach. Nothing here expects a result: no call may
-- crash (the sanitizers see to it that none reads what was freed), and when all is dropped, no tensor and no node
-- is left.
--
--   selenograd random_calls.lua [CALLS [SEED]]       (or SELENOGRAD_RANDOM_CALLS=CALLS)
--
-- A program of PROGRAM calls is a function of its seed, which is printed before it runs, so that the last line
-- names the one that crashed; CALLS 1 with that SEED runs it again. The sanitizers see the most in a build without
-- the block cache, as the preset dev makes it.

local sg = require "selenograd"
local nn, optim = sg.nn, sg.optim

local PROGRAM = 100
local calls, first_seed = tonumber(arg[1] or os.getenv "SELENOGRAD_RANDOM_CALLS" or 10000), tonumber(arg[2] or 1)
local random = math.random

local function chance(percent) return random(100) <= percent end
local function any(list) return list[random(#list)] end

-- ---- What can be called -----------------------------------------------------------------------------------------

-- Not those that load code or files, or that reach the binding's own machinery.
local left_out = {}
for name in ("load_ops read_idx fail command_traceback is_terminal file_kind library_path module_table " ..
  "keep_tracebacks define_op set_threads set_memory_limit"):gmatch "%S+" do left_out[name] = true end

local function names_of(functions)
  local names = {}
  for name, value in pairs(functions) do
    if type(value) == "function" and not left_out[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local is_op = {}
for _, name in ipairs(sg.ops()) do is_op[name] = true end
local op_names = sg.ops()
table.sort(op_names)
local function_names, method_names = names_of(sg), names_of(sg.methods)
local module_names = {}
for name, class in pairs(nn) do
  if type(class) == "table" and name ~= "init" then module_names[#module_names + 1] = name end
end
table.sort(module_names)
local operators = {
  function(a, b) return a + b end, function(a, b) return a - b end, function(a, b) return a * b end,
  function(a, b) return a / b end, function(a, b) return a ^ b end, function(a) return -a end,
  function(a) return #a end, tostring, function(a, b) return a .. b end, function(a, b) return a == b end,
  function(a, b) return a < b end, function(a, b) return a[b] end,
  function(a, b, c) if b ~= "grad" then a[b] = c end end,
}
local properties = {"shape", "grad", "dtype", "requires_grad", "is_leaf", "T", "nothing"}

-- ---- Values -------------------------------------------------------------------------------------------------

local pool = {}    -- what the program has made, and may be an argument again
local depth = 0    -- of calls within calls
local recorded     -- whether some .grad may have a graph
local random_call  -- forward

local dtypes = {"f32", "f32", "f32", "f32", "f32", "f32", "f32", "f32", "f64", "i64"}
local sizes = {0, 1, 1, 2, 2, 3, 4, 7}

local function shape()
  local list = {}
  for i = 1, any {0, 1, 1, 2, 2, 2, 3, 4} do list[i] = any(sizes) end
  return list
end

local function new_tensor()
  local dtype = any(dtypes)
  local x = sg.full(shape(), random(-3, 3), {dtype = dtype})
  if dtype ~= "i64" and chance(50) then x.requires_grad = true end
  return x
end

local function put(value)
  pool[#pool < 40 and #pool + 1 or random(40)] = value
  return value
end

local function pooled(is)
  for _ = 1, 6 do
    local value = pool[random(math.max(#pool, 1))]
    if is(value) then return value end
  end
end

local function is_alive(value) return sg.is_tensor(value) and (pcall(sg.methods.numel, value)) end

local function tensor()
  return not chance(10) and pooled(chance(95) and is_alive or sg.is_tensor) or put(new_tensor())
end

local function close(x)
  if sg.is_tensor(x) then
    local closed <close> = x
  end
end

-- What a finalizer, a metamethod or a function under test does to the others.
local deeds = {
  function() close(pooled(sg.is_tensor)) end,
  function() for _ = 1, 5 do close(pooled(sg.is_tensor)) end end,
  function() for i = 1, #pool do close(pool[i]) end end,
  function() pool[random(math.max(#pool, 1))] = new_tensor() end,
  function() for i = #pool, 1, -1 do pool[i] = nil end end,
  function() collectgarbage("step", random(50)) end,
  function() collectgarbage() end,
  function() local x = tensor() x.grad = chance(50) and x:detach() or nil end,
  function() local x = tensor() x.requires_grad = chance(50) end,
  function() local x = tensor() if x.to_ then x:to_(any(dtypes)) end end,
  function() local x = tensor() x:fill_(2) end,
  function() return sg.tidy(function() return tensor() * 2, {tensor()}, [[x]] end) end,
  function() sg.set_grad_enabled(chance(50)) end,
  function() tensor():sum():backward() end,
  function() local list = pooled(function(v) return type(v) == "table" end) if list then list[1] = nil end end,
  function()
    local list = pooled(function(v) return type(v) == "table" and getmetatable(v) == nil end)
    if list then list[#list + 1] = tensor() end
  end,
  function() if depth < 3 then random_call() end end,
  function() coroutine.wrap(function() close(tensor()) coroutine.yield() end)() end,
}
local function misbehave()
  for _ = 1, random(2) do any(deeds)() end
end

local function bomb()
  setmetatable({}, {__gc = function()
    if pool then misbehave() if chance(30) then bomb() end end
  end})
end

local errors = {
  "a message", "with a zero\0byte", ("long "):rep(700) .. "\0" .. ("end "):rep(700), {}, nil, false, 7, print,
  setmetatable({}, {__tostring = function() return "an object" end}),
  setmetatable({}, {__tostring = function() misbehave() return {} end}),
}
local function fail()
  local given = errors[random(10)]
  -- A new one each time: what is put into it must not outlive the program.
  if type(given) == "table" and not getmetatable(given) then given = {} end
  error(given, random(0, 2))
end

local function object()
  return setmetatable({}, {
    __index = function(_, key) misbehave() return chance(50) and tensor() or key end,
    __newindex = misbehave,
    __close = misbehave,
    __call = function(_, ...) misbehave() return ... end,
    __tostring = function() misbehave() return "object" end,
    __len = function() misbehave() return random(3) end,
    __pairs = function() misbehave() return next, {} end,
    __name = chance(50) and "thing" or 5,
  })
end

-- A function of tensors that may do anything before, between and after.
local function unreliable()
  local seed = random(1 << 30)
  return function(...)
    local first = select(1, ...)
    if chance(30) then misbehave() end
    if chance(5) then fail() end
    if chance(3) then coroutine.yield(first) end
    if chance(10) then
      local closed <close> = sg.is_tensor(first) and first or nil
      return first, seed
    end
    if chance(20) then return ... end
    if chance(10) then return random_call() end
    local x = sg.is_tensor(first) and first or tensor()
    local y = any {x, x * 2, x * x, x:clone(), x:sum(), sg.tidy(function() return x + x end)}
    if chance(20) then misbehave() end
    if chance(10) then return y, x end
    return y
  end
end

local function forward(count)
  return function(ctx, ...)
    if chance(60) then ctx:save(...) end
    if chance(10) then ctx:save(tensor(), nil, tensor() * 2) end
    if chance(20) then ctx.field = any {1, "text", {tensor()}, fail, put {tensor()}} end
    if chance(30) then misbehave() end
    if chance(5) then fail() end
    if chance(2) then coroutine.yield() end
    local results = {}
    for i = 1, count do
      local x = select(random(select("#", ...)), ...)
      x = sg.is_tensor(x) and x or tensor()
      results[i] = any {x * 2, x * x, x, x:clone(), x:sum()}
    end
    if chance(10) then ctx:mark_non_differentiable(results[1]) end
    if chance(10) then
      local closed <close> = any {..., results[1]}
      return table.unpack(results)
    end
    if chance(20) then misbehave() end
    return table.unpack(results)
  end
end

local function backward()
  return function(ctx, ...)
    local saved = chance(80) and table.pack(ctx:saved()) or {n = 0}
    if chance(30) then misbehave() end
    if chance(5) then fail() end
    if chance(2) then coroutine.yield() end
    local results = {}
    for i = 1, random(4) do
      local g = select(random(select("#", ...)), ...) or tensor()
      results[i] = any {g, g * 2, saved[1] or false, saved[1] and saved[1] * g or g, false}
    end
    if chance(10) then local closed <close> = ... return table.unpack(results) end
    return table.unpack(results)
  end
end

local function custom_op()
  local outputs = random(2)
  return sg.op {
    forward = chance(80) and forward(outputs) or function(_, a) return unreliable()(a) end,
    backward = chance(90) and backward() or nil,
    once_differentiable = chance(20) or nil,
  }
end

local function create_graph(percent)
  local create = chance(percent)
  recorded = recorded or create
  return create
end

local keys = {
  function() return random(-3, 3) end,
  function() return {random(-2, 2), {1, 2}, {}} end,
  function() return {{1, -1, random(0, 2)}} end,
  function() return any {"x", 1.5, 0 / 0, {}, {{}}, {{{}}}} end,
}

local makers = {
  tensor, tensor, tensor, tensor, tensor,
  function() return random(-3, 3) end,
  function() return random() * 4 - 2 end,
  function() return any {0 / 0, 1 / 0, -1 / 0, 1e30, -0.0, math.mininteger, math.maxinteger, 1 << 40, 2.5} end,
  function() return any {true, false} end,
  function() return any {"f32", "f64", "i64", "mean", "sum", "none", "a\0b", "", ("x"):rep(3000)} end,
  shape,
  function() return {tensor(), tensor()} end,
  function() return {[tensor()] = tensor(), {tensor()}} end,
  function() local list = {} for i = 1, 30 do list[i] = tensor() end return list end,
  function() return {dtype = any(dtypes), requires_grad = chance(50) or nil} end,
  function() return {retain_graph = chance(50), create_graph = create_graph(5), allow_unused = true} end,
  function() return {dim = random(-2, 2), keepdim = chance(50), [any {"grad_outputs", "names"}] = tensor()} end,
  object,
  unreliable,
  function() return coroutine.create(unreliable()) end,
  function() return any(keys)() end,
  function() return pooled(function(v) return v ~= nil end) end,
  function() return nil end,
}
local function value() return any(makers)() end

-- ---- Calls --------------------------------------------------------------------------------------------------

local function values(most)
  local list = {n = random(0, most)}
  for i = 1, list.n do list[i] = value() end
  return table.unpack(list, 1, list.n)
end

local attribute_makers = {
  number = function() return random() * 2 end,
  integer = function() return random(0, 3) end,
  boolean = function() return chance(50) end,
  integers = function() return chance(50) and random(0, 2) or {random(0, 2), random(0, 2)} end,
  dimension = function() return random(-2, 3) end,
  dimensions = function() return any {{1}, {2, 1}, {1, 2}, {-1}, {}} end,
  shape = shape,
  choice = function() return any {"mean", "sum", "none"} end,
}

-- A call that its descriptor might allow.
local function likely_arguments(name)
  local info, list, count = sg.op_info(name), {}, 0
  for _, port in ipairs(info.inputs) do
    count = count + 1
    if port.variadic then list[count] = {tensor(), tensor()}
    elseif not (port.optional and chance(50)) then list[count] = chance(90) and tensor() or random(3) end
  end
  local options = {}
  for _, attribute in ipairs(info.attributes) do
    if attribute.required or chance(40) then options[attribute.name] = attribute_makers[attribute.type]() end
  end
  if chance(70) or next(options) then count = count + 1 list[count] = options end
  return table.unpack(list, 1, count)
end

local function give(name, f, ...)
  if is_op[name] and chance(70) then return f(likely_arguments(name)) end
  return f(...)
end

local function check_options()
  return {order = random(2), jacobian = chance(20), budget = random(2000), mode = any {"full", "directional"}}
end

local kinds = {
  function() local name = any(function_names) return give(name, sg[name], values(4)) end,
  function() local name = any(op_names) return sg[name](likely_arguments(name)) end,
  function()
    local name, x = any(method_names), tensor()
    return sg.methods[name](x, values(3))
  end,
  function() return any(operators)(value(), value(), value()) end,
  function() return any(operators)(tensor(), any(keys)(), value()) end,
  function() return tensor()[any(properties)] end,
  function()
    local property, given = any(properties), value()
    if property == "grad" and sg.is_tensor(given) then given = given:detach() end
    tensor()[property] = given
  end,
  function() return custom_op()(values(3)) end,
  function() local f = custom_op() local y = f(tensor(), tensor()) y:sum():backward(values(1)) return y end,
  function() tensor():sum():backward {retain_graph = chance(50), create_graph = create_graph(10)} end,
  function()
    local inputs = {tensor(), tensor()}
    return sg.grad({(tensor() * inputs[1]):sum()}, inputs, {allow_unused = true, create_graph = chance(50)})
  end,
  function() return sg.grad(value(), value(), value()) end,
  function() return sg.gradcheck(unreliable(), {tensor(), chance(30) and tensor() or nil}, check_options()) end,
  function() return sg.gradcheck(sg[any(op_names)], {tensor(), tensor()}, check_options()) end,
  function() return sg.gradcheck(custom_op(), {tensor(), tensor()}, check_options()) end,
  function() return sg.tidy(unreliable(), values(3)) end,
  function() return sg.no_grad(unreliable(), values(3)) end,
  function() return sg.enable_grad(unreliable(), values(3)) end,
  function() return nn[any(module_names)](random(3), random(3)) end,
  function() return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)) end,
  function()
    local m = pooled(nn.is_module) or nn.Linear(2, 2)
    return any {m.parameters, m.state_dict, tostring, function() return m(value()) end,
      function() return m:to(any(dtypes)) end, function() m.weight = value() end}(m)
  end,
  function()
    local p = {tensor(), tensor()}
    local optimizer = optim[any {"SGD", "Adam", "AdamW"}](p, {lr = 0.1})
    for _, x in ipairs(p) do x.grad = x:detach() end
    misbehave()
    optimizer:step()
  end,
  function() return coroutine.resume(coroutine.create(unreliable()), values(2)) end,
}

local function keep(ok, ...)
  if not ok then return end
  for i = 1, math.min(select("#", ...), 4) do
    local result = select(i, ...)
    if result ~= nil then put(result) end
  end
  return ...
end

random_call = function()
  depth = depth + 1
  if chance(60) then bomb() end
  local kind = any(kinds)
  local results
  if chance(15) then
    local co = coroutine.create(function() return pcall(kind) end)
    results = table.pack(select(2, coroutine.resume(co)))
    if chance(50) then coroutine.close(co) end
  else
    results = table.pack(pcall(kind))
  end
  depth = depth - 1
  return keep(table.unpack(results, 1, results.n))
end

-- ---- Programs -----------------------------------------------------------------------------------------------

local function collect()
  local after = -1
  repeat
    local before = after
    collectgarbage()
    after = sg.memory().live_tensors
  until after == before
end

local function run(seed)
  math.randomseed(seed)
  sg.manual_seed(seed)
  if chance(50) then collectgarbage("incremental", any {1, 50, 100, 200}, any {100, 400, 1000}, any {1, 4, 10})
  else collectgarbage("generational", any {1, 5, 20}, 100) end
  sg.set_memory_limit(chance(20) and sg.memory().live_bytes + random(100000) or 64 << 20)
  for _ = 1, PROGRAM do
    random_call()
    sg.set_grad_enabled(true)
  end
end

-- Drops everything, and says what is left that should not be.
local function check(seed, before)
  pool = nil
  sg.set_memory_limit(0)
  collect()
  local after = sg.memory()
  -- A .grad that was recorded holds its graph, which holds the leaf: only the end of the context takes that apart.
  if recorded then return before end
  if after.live_tensors > before.live_tensors or after.live_nodes > before.live_nodes then
    io.stderr:write(("seed %d leaves %d tensors and %d nodes\n"):format(seed,
      after.live_tensors - before.live_tensors, after.live_nodes - before.live_nodes))
    os.exit(1, true)
  end
end

warn "@off" -- errors of finalizers
for i = 0, math.max(calls // PROGRAM, 1) - 1 do
  local seed = first_seed + i
  print("seed " .. seed)
  io.stdout:flush()
  pool, recorded = {}, false
  collect()
  local before = sg.memory()
  run(seed)
  check(seed, before)
end
