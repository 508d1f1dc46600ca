-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Hooks of tensors: what they see, what they change, when they end; retain_grad. Small integers, exact.
local lu = require "luaunit"
local sg = require "selenograd"

local function leaf(values) return sg.tensor(values, {dtype = "f64", requires_grad = true}) end

local function refused(message, f, ...)
  local ok, text = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrContains(text, message)
end

local function collect()
  for _ = 1, 6 do collectgarbage() end
end

TestHooks = {}

function TestHooks:test_a_result_and_a_leaf_see_their_whole_gradient()
  local x, seen = leaf {1, 2}, {}
  local y = x * 3
  y:register_hook(function(g) seen.y = g:totable() end)
  x:register_hook(function(g) seen.x = g:totable() end);
  (y * y + y):sum():backward() -- 2 y + 1 of two terms
  lu.assertEquals(seen, {y = {7, 13}, x = {21, 39}})
  lu.assertEquals(x.grad:totable(), {21, 39})
end

function TestHooks:test_what_they_return_takes_the_place()
  local x = leaf {1, 2}
  local y = x * 3
  y:register_hook(function(g) return g * 10 end)
  y:register_hook(function(g) return g + 1 end)
  x:register_hook(function(g) return -g end)
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {-33, -33})
  x.grad = nil
  lu.assertEquals(sg.grad((x * 3):sum(), {x})[1]:totable(), {-3, -3})
end

function TestHooks:test_one_of_several_results()
  local x, seen = leaf {4, 1, 9}, {}
  local parts = x:split(1)
  parts[2]:register_hook(function(g) seen[#seen + 1] = g:totable() end);
  (parts[1] + parts[2] * 2 + parts[3]):sum():backward()
  lu.assertEquals(seen, {{2}})
end

function TestHooks:test_sg_grad_with_respect_to_a_result()
  local x = leaf {1, 2}
  local y = x * 3
  y:register_hook(function(g) return g * 2 end)
  local gradients = sg.grad((y * y):sum(), {y, x})
  lu.assertEquals({gradients[1]:totable(), gradients[2]:totable()}, {{12, 24}, {36, 72}})
end

function TestHooks:test_second_derivatives_go_through_them()
  local x = leaf {1, 2}
  local y = x * x
  y:register_hook(function(g) return g * g end)
  local first = sg.grad((y * y):sum(), {x}, {create_graph = true})[1] -- (2 y)^2 2 x = 8 x^5
  lu.assertEquals(first:totable(), {8, 256})
  -- By x directly 8 x^4; by way of y 16 x^3, which goes through the hook as well, and then times 2 x.
  lu.assertEquals(sg.grad(first:sum(), {x})[1]:totable(), {8 + 256 * 2, 128 + 16384 * 4})
end

function TestHooks:test_history_is_dropped_where_no_graph_is_created()
  local x, w = leaf {1, 2}, leaf {5, 6}
  x:register_hook(function(g) return sg.enable_grad(function() return g * w end) end)
  x:sum():backward()
  lu.assertEquals({x.grad:totable(), x.grad.requires_grad}, {{5, 6}, false})
end

function TestHooks:test_removed()
  local x, times = leaf {1}, 0
  local handle = x:register_hook(function() times = times + 1 end)
  x:sum():backward()
  handle:remove()
  handle:remove()
  x:sum():backward()
  lu.assertEquals(times, 1)
  local own
  own = x:register_hook(function()
    times = times + 10
    own:remove()
  end)
  x:register_hook(function() times = times + 100 end)
  x:sum():backward()
  x:sum():backward()
  lu.assertEquals(times, 211)
end

function TestHooks:test_last_as_long_as_the_graph()
  local x, seen = leaf {1}, 0
  local z
  do
    local y = x * 2
    y:register_hook(function() seen = seen + 1 end)
    z = y * 3
  end
  collect()
  z:backward()
  lu.assertEquals(seen, 1)
end

function TestHooks:test_a_converted_leaf_keeps_them()
  local x, seen = leaf {1}, {}
  x:register_hook(function(g) seen[#seen + 1] = g.dtype end)
  x:to_("f32")
  x:sum():backward()
  lu.assertEquals(seen, {"f32"})
end

function TestHooks:test_errors_end_the_pass()
  local x = leaf {1, 2}
  local y = x * 3
  local handle = y:register_hook(function() error("stop here") end)
  local z = y:sum()
  refused("stop here", z.backward, z, {retain_graph = true})
  lu.assertNil(x.grad)
  handle:remove()
  handle = y:register_hook(function() return 3 end)
  refused("a hook returned the number 3, expected a tensor, or nil", z.backward, z,
    {retain_graph = true})
  handle:remove()
  handle = y:register_hook(function() return sg.ones(3) end)
  refused("a hook returned a gradient of shape [3] and dtype f32, expected [2] and f64", z.backward, z,
    {retain_graph = true})
  handle:remove()
  handle = y:register_hook(function(g) g:mul_(2) end)
  refused("a hook wrote in place into the gradient", z.backward, z, {retain_graph = true})
  handle:remove()
  z:backward()
  lu.assertEquals(x.grad:totable(), {3, 3})
end

function TestHooks:test_refused()
  local x = sg.ones(2)
  refused("register_hook: the tensor [2] does not require a gradient", x.register_hook, x, print)
  refused("register_hook: the hook is", x.register_hook, leaf {1}, 3)
  refused("expected a hook", getmetatable and leaf({1}):register_hook(print).remove, 3)
end

-- The function of a hook may hold what holds the hook.
function TestHooks:test_cycles_are_collected()
  collect()
  local before = sg.memory()
  for _ = 1, 20 do
    local x = leaf {1, 2}
    local y = x * 2
    y:register_hook(function(g) return g + 0 * y end)
    x:register_hook(function(g) return g + 0 * x + 0 * y end)
    y:sum():backward()
  end
  collect()
  local after = sg.memory()
  lu.assertEquals({after.live_tensors - before.live_tensors, after.live_nodes - before.live_nodes}, {0, 0})
end

TestRetainGrad = {}

function TestRetainGrad:test_a_result_gets_a_grad()
  local x = leaf {1, 2}
  local y = x * 3
  lu.assertIs(y:retain_grad(), y)
  y:retain_grad()
  y:register_hook(function(g) return g * 2 end)
  local z = (y * y):sum()
  lu.assertNil(y.grad)
  z:backward {retain_graph = true}
  lu.assertEquals({y.grad:totable(), x.grad:totable()}, {{12, 24}, {36, 72}})
  z:backward {retain_graph = true}
  lu.assertEquals(y.grad:totable(), {24, 48})
  sg.grad(z, {x})
  lu.assertEquals(y.grad:totable(), {24, 48})
end

function TestRetainGrad:test_a_leaf_does_anyway()
  local x = leaf {1}
  lu.assertIs(x:retain_grad(), x)
  x:sum():backward()
  lu.assertEquals(x.grad:totable(), {1})
  refused("retain_grad: the tensor [2] does not require a gradient", function() sg.ones(2):exp():retain_grad() end)
end

function TestRetainGrad:test_the_tensor_may_end_first()
  local x = leaf {1}
  local z
  do
    local y = x * 2
    y:retain_grad()
    z = y * 3
  end
  collect()
  z:backward()
  lu.assertEquals(x.grad:totable(), {6})
end

function TestRetainGrad:test_all_or_none()
  local x = leaf {1}
  local y = x * 2
  y:retain_grad()
  x:register_hook(function() error("no") end)
  local z = y:sum()
  refused("no", z.backward, z)
  lu.assertNil(y.grad)
end

os.exit(lu.LuaUnit.run())
