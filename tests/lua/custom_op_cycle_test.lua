-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The ctx of a custom op that holds, in its fields, what holds it: collected when nobody else does, and only then.

local lu = require "luaunit"
local sg = require "selenograd"

local function collect()
  for _ = 1, 6 do collectgarbage() end
end

-- An op whose ctx holds `field` and whose derivative is field.scale, or 2.
local function op_with(field)
  return sg.op {
    forward = function(ctx, a)
      ctx.field = field
      return a * 2
    end,
    backward = function(ctx, g) return g * (type(ctx.field) == "table" and ctx.field.scale or 2) end,
  }
end

local x = sg.ones(2, {requires_grad = true})

TestCycles = {}

-- Nothing may be left of 20 runs.
local function check_collected(body)
  collect()
  local before = sg.memory()
  for _ = 1, 20 do body() end
  collect()
  local after = sg.memory()
  lu.assertEquals({after.live_tensors - before.live_tensors, after.live_nodes - before.live_nodes}, {0, 0})
end

function TestCycles:test_through_a_result()
  check_collected(function()
    local t = {}
    t.y = op_with(t)(x)
  end)
  check_collected(function()
    local t = {{}}
    t[1][op_with(t)(x)] = true
  end)
  check_collected(function()
    local t = setmetatable({}, {})
    getmetatable(t).y = op_with(t)(x)
  end)
end

function TestCycles:test_through_what_was_computed_from_it()
  check_collected(function()
    local t = {}
    local y = op_with(t)(x)
    t.z = (y * y + y):sum()
  end)
end

function TestCycles:test_through_a_function()
  check_collected(function()
    local z
    local y = op_with(function() return z end)(x)
    z = y * 3
  end)
end

function TestCycles:test_through_several_contexts()
  check_collected(function()
    local t, u = {}, {}
    local y = op_with(t)(x)
    t.z, u.y = op_with(u)(y), y
  end)
  check_collected(function()
    local t, u = {}, {}
    local y, z = op_with(t)(x), op_with(u)(x)
    t.list, u.y = {y, z}, y
  end)
end

-- A handle that somebody else has, but that does not keep the node, keeps nothing.
function TestCycles:test_beside_tensors_that_live_on()
  check_collected(function()
    local t = {x}
    t.y = op_with(t)(x)
    t.x = x
  end)
end

function TestCycles:test_after_backward()
  check_collected(function()
    local t = {}
    t.y = op_with(t)(x)
    t.y:sum():backward {retain_graph = true}
    sg.grad(t.y:sum(), x, {create_graph = true})
    x.grad = nil
  end)
end

TestKept = {}

local function gradient(loss)
  x.grad = nil
  loss:sum():backward {retain_graph = true}
  return x.grad:totable()
end

function TestKept:test_while_a_result_is_in_use()
  local t = {scale = 5}
  local y = op_with(t)(x)
  t.y, t = y, nil
  for _ = 1, 3 do
    collect()
    lu.assertEquals(gradient(y), {5, 5})
  end
end

function TestKept:test_while_what_was_computed_from_it_is()
  local t = {scale = 5}
  local y = op_with(t)(x)
  t.y = y
  local z = y * 3
  t, y = nil, nil
  collect()
  lu.assertEquals(gradient(z), {15, 15})
end

-- The cycle is weak already when a handle is used again, which then lives on alone.
function TestKept:test_when_a_handle_is_used_after_a_collection()
  local holder = {}
  do
    local t = {scale = 7}
    t.y = op_with(t)(x)
    holder.y = t.y
  end
  collect()
  local z = holder.y * 1
  holder.y = nil
  collect()
  lu.assertEquals(gradient(z), {7, 7})
end

function TestKept:test_when_a_finalizer_brings_it_back()
  local revived
  do
    local t = {scale = 3}
    t.y = op_with(t)(x)
    setmetatable(t, {__gc = function(object) revived = object.y * 1 end})
  end
  collect()
  collect()
  if revived then lu.assertEquals(gradient(revived), {3, 3}) end
end

os.exit(lu.LuaUnit.run())
