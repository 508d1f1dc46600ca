-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.op: custom ops in Lua. No gradient gets lost, higher orders are right or refused, and nothing
-- is held for longer than its graph.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, leaf, plain, cube_definition, collect =
  support.error_of, support.leaf, support.plain, support.cube_definition, support.collect

local cube = sg.op(cube_definition("test_graph_cube"))

TestLostGradients = {}

function TestLostGradients:test_a_captured_parameter()
  local w, x = leaf {2}, leaf {3}
  local message = error_of(sg.op {forward = function(_, v) return v * w end}, x)
  lu.assertStrContains(message, "custom_op_graph_test.lua:")
  lu.assertStrContains(message, "requires a gradient, which would be lost")
  local listed = sg.op {forward = function(_, list) return list[1] * 2 end}
  lu.assertStrContains(error_of(listed, {w}), "would be lost")
  local copied = sg.op {forward = function(_, v) local r = v * 1 r:copy_(w) return r end}
  lu.assertStrContains(error_of(copied, x), "would be lost")
  local scalar = leaf(1)
  local assigned = sg.op {forward = function(_, v) local r = v * 1 r[1] = scalar return r end}
  lu.assertStrContains(error_of(assigned, x), "would be lost")
  lu.assertEquals(sg.op {forward = function(_, v) return v * w:detach() end}(x):item(), 6)
  lu.assertEquals(sg.no_grad(sg.op {forward = function(_, v) return v * w end}, x):item(), 6)
  lu.assertEquals((x * w):item(), 6) -- and outside everything is as before
end

function TestLostGradients:test_writing_into_an_argument()
  local op = sg.op {forward = function(_, x) x:mul_(2) return x end}
  lu.assertStrContains(error_of(op, leaf {1} * 2), "forward wrote into x in place")
  local running = plain {0}
  local update = sg.op {
    forward = function(_, x, r) r:add_(x) return x * 1 end,
    backward = function(_, gy) return gy end,
  }
  update(leaf {3}, running):backward()
  lu.assertEquals(running:item(), 3)
  lu.assertEquals((running * leaf {2}):item(), 6)
end

function TestLostGradients:test_saving_what_requires_a_gradient()
  local w = leaf {2}
  local op = sg.op {forward = function(ctx, x) ctx:save(w) return x * 2 end}
  lu.assertStrContains(error_of(op, leaf {1}), "ctx:save: value 1 requires a gradient and is no argument")
end

function TestLostGradients:test_mixed_dtypes()
  local op = sg.op {forward = function(_, x, w) return x * w:to("f64") end}
  local w = sg.tensor({1}, {requires_grad = true})
  lu.assertStrContains(error_of(op, leaf {1}, w), "w has dtype f32, an argument before it f64")
  lu.assertEquals(op(leaf {3}, sg.tensor({2})):item(), 6)
end

function TestLostGradients:test_without_backward()
  local op = sg.op {name = "test_forward_only", forward = function(_, x) return x * 2 end}
  lu.assertStrContains(error_of(function() op(leaf {1}):backward() end),
    "backward of test_forward_only: this op has no derivative")
end

TestSaved = {}

function TestSaved:test_order_nil_and_misuse()
  local values
  local op = sg.op {
    forward = function(ctx, x)
      local y = x * 2
      ctx:save(y, nil, x, y + 1)
      lu.assertStrContains(error_of(ctx.save, ctx, x), "ctx:save was called before")
      lu.assertStrContains(error_of(ctx.saved, ctx), "works in backward only")
      return y
    end,
    backward = function(ctx, gy)
      values = table.pack(ctx:saved())
      lu.assertStrContains(error_of(ctx.save, ctx, gy), "works in forward only")
      lu.assertStrContains(error_of(function() ctx.n = 1 end), "can be set in forward only")
      return gy
    end,
  }
  op(leaf {5}):backward()
  lu.assertEquals(values.n, 4)
  lu.assertEquals({values[1]:item(), values[3]:item(), values[4]:item()}, {10, 5, 11})
  lu.assertNil(values[2])
  local function forward_error(body)
    return error_of(sg.op {forward = function(ctx, x) body(ctx, x) return x * 1 end}, leaf {1})
  end
  lu.assertStrContains(forward_error(function(ctx) ctx:save(3) end), "value 1 is the number 3")
  lu.assertStrContains(forward_error(function(ctx, x) ctx.x = x end), "ctx.x is a tensor; ctx:save")
  lu.assertStrContains(forward_error(function(ctx) ctx.save = 1 end), "ctx.save cannot be set")
  lu.assertStrContains(forward_error(function(ctx) ctx.save({}) end), "self is a table")
  local none = sg.op {forward = function(_, x) return x * 1 end, backward = function(ctx) return ctx:saved() end}
  lu.assertStrContains(error_of(function() none(leaf {1}):backward() end), "forward saved nothing")
end

function TestSaved:test_a_change_in_place_is_noticed()
  local x, state = leaf {1} * 1, plain {1}
  local y
  local op = sg.op {
    name = "test_saves", outputs = {"y"},
    forward = function(ctx, v, s)
      y = v * 2
      ctx:save(v, y, s * 1, s)
      return y
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  local function changed(tensor_of)
    local result = op(x, state)
    sg.no_grad(function() tensor_of(result):add_(1) end)
    return error_of(function() result:backward() end)
  end
  lu.assertStrContains(changed(function() return state end),
    "backward of test_saves: s [1], which its derivative needs, was changed in place by add_ after test_saves ran")
  lu.assertStrContains(changed(function(result) return result end), "backward of test_saves: y [1], which")
  lu.assertStrContains(changed(function() return x end), "backward of test_saves: v [1], which")
  local kept
  op = sg.op {
    name = "test_saves_more",
    forward = function(ctx, v) kept = v * 3 ctx:save(nil, kept) return v * 2 end,
    backward = function(_, gy) return gy end,
  }
  local result = op(leaf {1})
  kept:mul_(2)
  lu.assertStrContains(error_of(function() result:backward() end),
    "backward of test_saves_more: saved value 2 [1], which its derivative needs, was changed in place by mul_")
end

function TestSaved:test_values_saved_inside_tidy_stay()
  local op = sg.op {
    forward = function(ctx, x)
      return sg.tidy(function()
        ctx:save(x:detach() * 3)
        return x * 3
      end)
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  local x = leaf {2}
  op(x):backward()
  lu.assertEquals(x.grad:item(), 6)
end

TestHigherOrders = {}

function TestHigherOrders:test_saved_arguments_are_followed()
  local x = leaf {2}
  local first = sg.grad(cube(x), {x}, {create_graph = true})[1]
  local second = sg.grad(first, {x}, {create_graph = true})[1]
  local third = sg.grad(second, {x})[1]
  lu.assertEquals({first:item(), second:item(), third:item()}, {12, 12, 6})
  lu.assertTrue(sg.gradcheck(cube, {leaf {0.5, -1}}, {order = 2}).ok)
end

function TestHigherOrders:test_saved_results_are_followed()
  local op = sg.op {
    forward = function(ctx, x) local y = x:exp() ctx:save(y) return y end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  local x = leaf {0.3, -1}
  lu.assertTrue(sg.gradcheck(op, {x}, {order = 2}).ok)
  local second = sg.grad(sg.grad(op(x):sum(), {x}, {create_graph = true})[1]:sum(), {x})[1]
  lu.assertAlmostEquals(second:totable()[1], math.exp(0.3), 1e-14)
end

-- Each backward is right to the first order, and would be silently wrong to the second.
local function severed(forward, backward)
  local op = sg.op {forward = forward, backward = backward}
  local x = leaf {0.7}
  local first = sg.grad(op(x), {x})[1]:item()
  lu.assertAlmostEquals(first, 3 * 0.7 ^ 2, 1e-14)
  return error_of(function() sg.grad(op(x), {x}, {create_graph = true}) end)
end

function TestHigherOrders:test_intermediates_are_refused()
  local has_no_graph = "so a second derivative (create_graph) would be wrong"
  local contains = lu.assertStrContains
  contains(severed(
    function(ctx, x) local s = x * x ctx:save(s) return s * x end,
    function(ctx, gy) return gy * 3 * ctx:saved() end), has_no_graph)
  contains(severed(
    function(ctx, x) local s = x * x ctx.cache = {s} return s * x end,
    function(ctx, gy) return gy * 3 * ctx.cache[1] end), has_no_graph)
  local outside
  contains(severed(
    function(_, x) outside = x * x return outside * x end,
    function(_, gy) return gy * 3 * outside end), has_no_graph)
  contains(severed(
    function(_, x) outside = x return x * x * x end,
    function(_, gy) return gy * 3 * outside * outside end), has_no_graph)
  contains(severed(
    function(ctx, x) local d = x * x * 3 ctx:save(d) return x * x * x end,
    function(ctx) return ctx:saved() end), "the gradient of x [1] was computed in the forward of a custom op")
  contains(severed( -- written into a buffer
    function(ctx, x) local s = sg.zeros(1, {dtype = "f64"}) s:add_(x * x) ctx:save(s) return s * x end,
    function(ctx, gy) return gy * 3 * ctx:saved() end), has_no_graph)
  contains(severed( -- written into a view of a buffer
    function(ctx, x) local s = sg.zeros(1, {dtype = "f64"}) s[1] = (x * x)[1] ctx:save(s) return s * x end,
    function(ctx, gy) return gy * 3 * ctx:saved() end), has_no_graph)
  contains(severed( -- a statistic that an op gives beside its result
    function(ctx, x)
      local pair = sg.cat({x, -x}):reshape({2, 1})
      local _, _, var = sg.batch_norm(pair) -- x^2
      ctx:save(var)
      return var * x
    end,
    function(ctx, gy) return gy * 3 * ctx:saved() end), has_no_graph)
  contains(severed( -- detached, as one is used to
    function(ctx, x) local s = x * x ctx:save(s:detach()) return s * x end,
    function(ctx, gy) return gy * 3 * ctx:saved() end), has_no_graph)
  contains(severed( -- a gradient taken in forward
    function(ctx, x)
      local d = sg.enable_grad(function()
        local v = x:detach()
        v.requires_grad = true
        return sg.grad((v * v * v):sum(), {v})[1]
      end)
      ctx:save(d)
      return x * x * x
    end,
    function(ctx, gy) return gy * ctx:saved() end), has_no_graph)
  contains(severed( -- the result of a custom op called in forward
    function(ctx, x) local s = cube(x) ctx:save(x) ctx.cache = {s} return s end,
    function(ctx, gy) return gy * 3 * ctx.cache[1] / ctx:saved() end), has_no_graph)
end

function TestHigherOrders:test_numbers_are_refused()
  local contains = lu.assertStrContains
  contains(severed(
    function(ctx, x) ctx.d = 3 * x:item() ^ 2 return x * x * x end,
    function(ctx, gy) return gy * ctx.d end), "its forward took numbers out of tensors")
  contains(severed(
    function(ctx, x) ctx:save(x) return x * x * x end,
    function(ctx, gy) return gy * 3 * ctx:saved():totable()[1] ^ 2 end), "totable: a number has no graph")
  contains(severed(
    function(ctx, x) ctx:save(x) return x * x * x end,
    function(ctx, gy) return sg.no_grad(function() return gy * 3 * ctx:saved():square() end) end),
    "recording is off inside a backward that is being differentiated")
  local op = sg.op {
    differentiable = true,
    forward = function(ctx, x) ctx:save(x) ctx.large = x:item() > 10 return x * x * x end,
    backward = function(ctx, gy) return gy * 3 * ctx:saved():square() end,
  }
  lu.assertTrue(sg.gradcheck(op, {leaf {0.7}}, {order = 2}).ok)
end

function TestHigherOrders:test_what_does_not_depend_on_the_arguments_is_free()
  local op = sg.op {
    forward = function(ctx, x)
      local mask, noise = x:gt(0 * x), sg.ones_like(x) * 2
      ctx:save(mask, noise)
      return x * mask * noise
    end,
    backward = function(ctx, gy)
      local mask, noise = ctx:saved()
      return gy * mask * noise
    end,
  }
  lu.assertTrue(sg.gradcheck(op, {leaf {0.5, -0.5}}, {order = 2}).ok)
end

function TestHigherOrders:test_detached_in_backward_is_constant()
  local op = sg.op {
    forward = function(ctx, x) local s = x * x ctx:save(s) return s * x end,
    backward = function(ctx, gy) return gy * 3 * ctx:saved():detach() end,
  }
  local x = leaf {2}
  local first = sg.grad(op(x) * x, {x}, {create_graph = true})[1]
  lu.assertEquals(first:item(), 8 + 2 * 12)
  lu.assertEquals(sg.grad(first, {x})[1]:item(), 12 + 12) -- x^3 + x * s
end

function TestHigherOrders:test_once_differentiable()
  local definition = cube_definition("test_once")
  definition.once_differentiable = true
  local op, x = sg.op(definition), leaf {2}
  lu.assertEquals(sg.grad(op(x), {x})[1]:item(), 12)
  lu.assertStrContains(error_of(function() sg.grad(op(x), {x}, {create_graph = true}) end),
    "backward of test_once: create_graph is not possible")
  lu.assertEquals(sg.op_info("test_once").derivatives, "the first only")
end

function TestHigherOrders:test_custom_ops_inside_custom_ops()
  local op = sg.op {
    forward = function(ctx, x) ctx:save(x) return cube(x) * 2 end,
    backward = function(ctx, gy) return gy * 6 * cube(ctx:saved()) / ctx:saved() end,
  }
  lu.assertTrue(sg.gradcheck(op, {leaf {0.5, -1}}, {order = 2}).ok)
end

TestMemory = {}

-- Live tensors and nodes after `body`, beyond those before it.
local function growth(body)
  for _ = 1, 2 do pcall(body) end
  collect()
  local before = sg.memory()
  for _ = 1, 20 do pcall(body) end
  collect()
  local after = sg.memory()
  return {after.live_tensors - before.live_tensors, after.live_nodes - before.live_nodes}
end

function TestMemory:test_nothing_is_left_behind()
  local x = leaf {1, 2}
  local op = sg.op {
    forward = function(ctx, v) local y = v * 2 ctx:save(v, y, v * 3) ctx.n = {1} return y end,
    backward = function(ctx, gy) return gy * (ctx:saved() * 0 + 2) end,
  }
  lu.assertEquals(growth(function() op(x) end), {0, 0})
  lu.assertEquals(growth(function() op(op(x)):sum():backward() x.grad = nil end), {0, 0})
  lu.assertEquals(growth(function() sg.grad(cube(x):sum(), {x}, {create_graph = true}) end), {0, 0})
  lu.assertEquals(growth(function() sg.tidy(function() cube(x):sum():backward() end) x.grad = nil end), {0, 0})
end

function TestMemory:test_nor_on_error_paths()
  local x = leaf {1, 2}
  local function failing(forward, backward)
    local op = sg.op {forward = forward, backward = backward}
    lu.assertEquals(growth(function() op(x):sum():backward() end), {0, 0})
  end
  failing(function(ctx, v) ctx:save(v, v * 2) error("no") end)
  failing(function(ctx, v) ctx:save(v, v * 2) return 3 end)
  failing(function(ctx, v) ctx:save(v, v * 2) ctx:mark_non_differentiable(v * 1) return v * 2 end)
  failing(function(ctx, v) ctx:save(v, v * 2) return v * 2 end, function(ctx) ctx:saved() error("no") end)
  failing(function(ctx, v) ctx:save(v, v * 2) return v * 2 end, function(_, gy) return gy:sum() end)
end

function TestMemory:test_contexts_are_collected_with_their_graph()
  local alive = setmetatable({}, {__mode = "k"})
  local op = sg.op {
    forward = function(ctx, v)
      ctx.token = {}
      alive[ctx.token] = true
      return v * 2
    end,
    backward = function(_, gy) return gy * 2 end,
  }
  local x = leaf {1}
  local y = op(x)
  collect()
  lu.assertNotNil(next(alive))
  y:backward()
  y = nil -- luacheck: ignore
  collect()
  collect()
  lu.assertNil(next(alive))
end

-- The engine frees saved values at once when they have been used, not when Lua gets to it.
function TestMemory:test_saved_values_go_with_backward()
  local op = sg.op {
    forward = function(ctx, v) return sg.tidy(function() ctx:save(sg.ones(1 << 20)) return v * 2 end) end,
    backward = function(_, gy) return gy * 2 end,
  }
  collectgarbage("stop")
  local y = op(leaf {1})
  local held = sg.memory().live_bytes
  y:backward()
  lu.assertTrue(sg.memory().live_bytes < held - (1 << 21))
  collectgarbage("restart")
end

os.exit(lu.LuaUnit.run())
