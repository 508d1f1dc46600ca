-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What sg.tidy frees and what it leaves alone, and what keeps memory alive.

local lu = require "luaunit"
local sg = require "selenograd"
local nn, optim = sg.nn, sg.optim

local function live()
  collectgarbage()
  collectgarbage()
  local memory = sg.memory()
  return memory.live_tensors, memory.live_bytes
end

TestTidy = {}

function TestTidy:test_frees_only_what_was_made_meanwhile()
  local w, key, inside = sg.ones(3), sg.ones(1), sg.ones(2)
  sg.tidy(function()
    sg.tidy(function() return w, {[key] = {inside}} end)
    local co = coroutine.wrap(function() return sg.tidy(function() return {w}, key end) end)
    co()
    sg.tidy(function() return sg.tidy(function() return w, inside end) end)
  end)
  lu.assertEquals({w:sum():item(), key:item(), inside:sum():item()}, {3, 1, 2})
end

function TestTidy:test_results_of_an_inner_call_belong_to_the_outer_one()
  local returned, dropped, outer
  local before = live()
  local result = sg.tidy(function()
    outer = sg.ones(1)
    returned = sg.tidy(function()
      dropped = sg.ones(2)
      return sg.ones(2)
    end)
    lu.assertEquals(tostring(dropped), "tensor(freed)")
    return returned + outer
  end)
  lu.assertEquals(tostring(returned), "tensor(freed)")
  lu.assertEquals(tostring(outer), "tensor(freed)")
  lu.assertEquals(result:totable(), {2, 2})
  lu.assertEquals(live(), before + 1)
end

function TestTidy:test_survives_a_result_given_back_twice()
  local kept = sg.tidy(function()
    local x = sg.ones(2)
    local list = sg.tidy(function() return {x, x, [x] = x} end)
    return list[1]
  end)
  lu.assertEquals(kept:totable(), {1, 1})
  kept = sg.tidy(function() return kept end)
  lu.assertEquals(kept:totable(), {1, 1})
end

function TestTidy:test_results_nested_as_deep_as_memory_goes()
  local top, innermost = sg.tidy(function()
    local outermost = {}
    local table_now = outermost
    for i = 1, 300000 do
      local next_table = {}
      table_now[i % 2 == 0 and "value" or next_table] = next_table
      table_now = next_table
    end
    table_now.tensor = sg.ones(2)
    table_now.cycle = outermost
    return outermost, table_now
  end)
  lu.assertNotNil(next(top))
  lu.assertEquals(innermost.tensor:totable(), {1, 1})
end

function TestTidy:test_more_results_than_half_the_stack()
  local count = 600000
  local results = table.pack(sg.tidy(function()
    return table.unpack({"first", [count] = {sg.ones(2)}}, 1, count)
  end))
  lu.assertEquals(results.n, count)
  lu.assertEquals(results[1], "first")
  lu.assertNil(results[2])
  lu.assertEquals(results[count][1]:totable(), {1, 1})
end

function TestTidy:test_a_full_stack_is_an_error_that_frees()
  local before, made = live(), nil
  local ok, message = pcall(sg.tidy, function()
    made = sg.ones(2)
    return table.unpack({}, 1, 999900)
  end)
  if not ok then lu.assertStrContains(message, "stack") end
  lu.assertEquals(tostring(made), "tensor(freed)")
  made = nil
  lu.assertEquals(live(), before)
end

function TestTidy:test_leaves_parameters_and_buffers_alone()
  local x = sg.ones(4, 8)
  local model, optimizer, module
  sg.tidy(function()
    model = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4))
    optimizer = optim.Adam(model:parameters())
    model(x):sum():backward()
    optimizer:step()
    module = nn.Module:extend("Own")()
    module.weight = nn.Parameter(sg.ones(2))
    module:register_buffer("state", sg.ones(2))
    module.state = sg.zeros(2)
  end)
  sg.tidy(function() optimizer:step() end)
  lu.assertEquals(model(x).shape, {4, 4})
  lu.assertEquals(module.weight:totable(), {1, 1})
  lu.assertEquals(module.state:totable(), {0, 0})
  sg.tidy(function() model:to "f64" end)
  lu.assertEquals(model(x:to "f64").dtype, "f64")
end

function TestTidy:test_an_inner_call_may_return_a_model()
  local model = nn.Linear(2, 2)
  local optimizer = optim.SGD(model:parameters(), {lr = 0.1})
  sg.tidy(function()
    sg.tidy(function() return model, optimizer, {params = model:parameters()} end)
  end)
  lu.assertEquals(model(sg.ones(1, 2)).shape, {1, 2})
end

TestMemory = {}

-- The gradient of a small part of something large.
function TestMemory:test_a_gradient_does_not_keep_what_it_is_a_part_of()
  local bytes = 4 * (1 << 20)
  for name, gradient_of in pairs {
    grad_field = function(x, y) y:backward() return x end,
    grad_function = function(x, y) return sg.grad(y, x) end,
  } do
    local x = sg.ones(2, 4, {requires_grad = true})
    local _, before = live()
    local kept
    do
      local large = sg.cat({x, sg.ones(1 << 18, 4)}, 1)
      kept = gradient_of(x, (large * large):sum())
    end
    local _, after = live()
    lu.assertTrue(after - before < bytes / 100, name .. " keeps " .. after - before .. " bytes")
    lu.assertEquals((x.grad or kept):sum():item(), 16)
  end
end

TestClosing = {}

local function close(x)
  local closed <close> = x
end

function TestClosing:test_a_forward_may_close_its_arguments_and_results()
  local x = sg.tensor({1, 2}, {requires_grad = true})
  local plain = sg.tensor({3, 4})
  local double = sg.op {
    forward = function(ctx, a, b)
      local closed <close> = a
      ctx:save(a, b)
      local y = a * 2 + b
      close(b)
      return y
    end,
    backward = function(ctx, g)
      local a = ctx:saved()
      local scaled = g * 2
      close(a)
      close(g)
      return scaled, false
    end,
  }
  local y = double(x, plain)
  lu.assertEquals(y:totable(), {5, 8})
  lu.assertEquals(tostring(plain), "tensor(freed)")
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {2, 2})
  local closes_result = sg.op {forward = function(_, a) local closed <close> = a * 2 return closed end}
  lu.assertErrorMsgContains("freed", closes_result, x)
end

function TestClosing:test_a_forward_does_not_change_what_requires_a_gradient()
  local x = sg.ones(2)
  local f = sg.op {
    forward = function(_, a)
      local y = a * 2
      a.requires_grad = true
      return y
    end,
    backward = function(_, g) return g end,
  }
  lu.assertErrorMsgContains("did not require a gradient when the call began", f, x)
end

function TestClosing:test_a_checked_function_may_close_its_inputs()
  local x, mask = sg.ones(2, {dtype = "f64"}), sg.zeros(2, {dtype = "f64"})
  local report = sg.gradcheck(function(a)
    local y = a * a
    close(x)
    close(mask)
    close(a)
    return y
  end, x, {skip = mask})
  lu.assertTrue(report.ok, report.text)
end

-- Every function that reads a tensor, while a finalizer closes it at each of its allocations in turn.
function TestClosing:test_finalizers_may_close_the_operand()
  local shared = {dtype = "f64", requires_grad = true}
  local calls = {
    function(x) return x.shape end, function(x) return x:size() end, function(x) return x:totable() end,
    function(x) return tostring(x) end, function(x) return x[1] end, function(x) return x[{{1, 2}, {}}] end,
    function(x) return x:clone() end, function(x) return x:detach() end, function(x) return x:to "f32" end,
    function(x) return x:reshape(3, 2) end, function(x) return x:permute(2, 1) end, function(x) return x.T end,
    function(x) return x + x end, function(x) return x:sum {dim = {1, 2}} end,
    function(x) return sg.cat({x, x}, 1) end, function(x) return sg.stack {x, x, x} end,
    function(x) return sg.grad((x * x):sum(), {x, x}) end,
    function(x) return sg.grad(x * x, x, setmetatable({}, {__index = {grad_outputs = x}})) end,
    function(x) return sg.gradcheck(function(a) return a * a end, {x}, {names = {"x"}, skip = {x = x * 0}}) end,
    function(x) return sg.gradcheck(sg.square, x) end, function(x) x.grad = x:detach() return x.grad end,
    function(x) x:fill_(1) return x:add_(x) end, function(x) x[1] = x[2] end,
    function(x) return sg.zeros_like(x) end,
  }
  collectgarbage("incremental", 1, 1000, 1)
  for _, call in ipairs(calls) do
    for delay = 0, 12 do
      local x = sg.ones(2, 3, shared)
      local function later()
        setmetatable({}, {__gc = function()
          if delay == 0 then close(x) else delay = delay - 1 later() end
        end})
      end
      later()
      local ok, message = pcall(sg.no_grad, call, x)
      if ok then ok, message = pcall(call, x) end
      if not ok then
        local expected = message:find "freed" or message:find "requires a gradient"
        lu.assertTrue(expected ~= nil, message)
      end
    end
  end
  collectgarbage("incremental", 200, 100, 13)
end

-- A list among the options is read after the operand was taken, and is so long that the collector goes through a
-- whole cycle then. Its sum is wrong, so that nothing is split.
function TestClosing:test_finalizers_may_close_the_operand_while_a_list_is_read()
  local sizes, closed = {}, 0
  for i = 1, 100000 do sizes[i] = 0 end
  local calls = {
    function(x) return x:split(sizes, 1) end, function(x) return sg.split {x = x, split_size = sizes} end,
  }
  for _, call in ipairs(calls) do
    for _ = 1, 4 do
      collectgarbage("stop")
      collectgarbage()
      local x = sg.ones(2, 3)
      setmetatable({}, {__gc = function() close(x) end})
      collectgarbage("restart")
      local ok, message = pcall(call, x)
      lu.assertFalse(ok)
      if message:find "freed" then closed = closed + 1
      else lu.assertStrContains(message, "sum to 0") end
    end
  end
  lu.assertTrue(closed > 0)
end

TestMessages = {}

-- The length of a message and that of its text differ.
function TestMessages:test_keep_their_zero_bytes()
  local x = sg.ones(2, {requires_grad = true, dtype = "f64"})
  local text = "before\0" .. ("after"):rep(2000)
  local function caught(f, ...)
    local ok, message = pcall(f, ...)
    lu.assertFalse(ok)
    return message
  end
  local function stop() error(text, 0) end
  local forward = sg.op {forward = function(_, a) return stop(a) end, backward = stop}
  local backward = sg.op {forward = function(_, a) return a * 2 end, backward = stop}
  lu.assertStrContains(caught(forward, x), "forward of")
  lu.assertEquals(caught(forward, x):sub(-#text), text)
  lu.assertEquals(caught(function() backward(x):sum():backward() end):sub(-#text), text)
  local checked = caught(sg.gradcheck, function(a) if a then stop() end end, x)
  lu.assertEquals(checked:sub(-#text), text)
  checked = caught(sg.gradcheck, function(a) return backward(a):sum() end, x)
  lu.assertEquals(checked:sub(-#text), text)
  lu.assertEquals(caught(sg.tidy, stop), text)
  lu.assertEquals(caught(sg.no_grad, stop), text)
end

os.exit(lu.LuaUnit.run())
