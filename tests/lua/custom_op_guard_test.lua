-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The guard of custom ops: by whatever way a value gets around the tape, from forward to backward or inside a
-- backward that is itself recorded, the second derivative is right, or the way is refused. Most ops here are x^3 at
-- 0.7, with the first derivative 3 x^2 and the second 6 x.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, leaf, plain = support.error_of, support.leaf, support.plain

local no_graph = "was computed in the forward of a custom op"
local f64 = {dtype = "f64"}

-- The first derivative is right; the second, which would be wrong without a word, is refused with this message.
local function refused(message, forward, backward)
  local op, x = sg.op {forward = forward, backward = backward}, leaf {0.7}
  lu.assertAlmostEquals(sg.grad(op(x), {x})[1]:item(), 3 * 0.7 ^ 2, 1e-14)
  x.grad = nil
  lu.assertStrContains(error_of(function()
    local first = sg.grad(op(x), {x}, {create_graph = true})[1]
    sg.grad(first, {x})
  end), message)
end

local function right(forward, backward)
  local op, x = sg.op {forward = forward, backward = backward}, leaf {0.7}
  local first = sg.grad(op(x), {x}, {create_graph = true})[1]
  lu.assertAlmostEquals(first:item(), 3 * 0.7 ^ 2, 1e-14)
  lu.assertAlmostEquals(sg.grad(first, {x})[1]:item(), 6 * 0.7, 1e-13)
  lu.assertTrue(sg.gradcheck(op, {leaf {0.7, -0.4}}, {order = 2}).ok)
end

local function from_saved(ctx, gy) return gy * 3 * ctx:saved() end

TestBuffers = {}

-- Every way to write x * x into `buffer`, which was made outside.
local writes = {
  copy = function(buffer, s) buffer:copy_(s) end,
  element = function(buffer, s) buffer[1] = s[1] end,
  range = function(buffer, s) buffer[{ {} }] = s end,
  add = function(buffer, s) buffer:zero_():add_(s) end,
  mul = function(buffer, s) buffer:fill_(1):mul_(s) end,
  row = function(buffer, s) buffer[1]:copy_(s[1]) end,
  view = function(buffer, s) buffer:reshape(1, 1):copy_(s:reshape(1, 1)) end,
  ["by way of another buffer"] = function(buffer, s) buffer:copy_(sg.zeros(1, f64):copy_(s)) end,
  ["in tidy"] = function(buffer, s) sg.tidy(function() buffer:copy_(s * 1) end) end,
  ["in no_grad"] = function(buffer, s) sg.no_grad(function() buffer:copy_(s) end) end,
  ["in a coroutine"] = function(buffer, s) coroutine.wrap(function() buffer:copy_(s) end)() end,
  ["in another op"] = function(buffer, s)
    sg.op {forward = function(_, v) buffer:copy_(v) return v * 1 end} (s)
  end,
}

function TestBuffers:test_made_outside_and_written_inside_are_refused()
  for name, write in pairs(writes) do
    local buffer = plain {0}
    local view = buffer:reshape(1)
    for _, saved in ipairs {buffer, view} do
      refused(no_graph, function(ctx, x) write(buffer, x * x) ctx:save(saved) return x * x * x end, from_saved)
    end
    refused(no_graph, function(_, x) write(buffer, x * x) return x * x * x end,
      function(_, gy) return gy * 3 * buffer end)
    lu.assertTrue(buffer:item() > 0, name)
  end
end

function TestBuffers:test_given_as_arguments_are_refused()
  local op = sg.op {
    forward = function(ctx, x, buffer) buffer:copy_(x * x) ctx:save(buffer) return x * x * x end,
    backward = from_saved,
  }
  local x = leaf {0.7}
  lu.assertAlmostEquals(sg.grad(op(x, plain {0}), {x})[1]:item(), 3 * 0.7 ^ 2, 1e-14)
  lu.assertStrContains(error_of(function() sg.grad(op(x, plain {0}), {x}, {create_graph = true}) end), no_graph)
end

-- The first call's backward would read what the second call wrote.
function TestBuffers:test_written_by_a_later_call_are_refused()
  local buffer, x = plain {0}, leaf {0.7}
  local op = sg.op {
    forward = function(_, v) buffer:copy_(v * v) return v * v * v end,
    backward = function(_, gy) return gy * 3 * buffer end,
  }
  local y = op(x)
  op(leaf {2})
  lu.assertStrContains(error_of(function() sg.grad(y, {x}, {create_graph = true}) end), no_graph)
end

function TestBuffers:test_of_a_module_are_refused()
  local module = sg.nn.Module()
  module:register_buffer("square", plain {0})
  refused(no_graph,
    function(ctx, x) module.square:copy_(x * x) ctx:save(module.square) return x * x * x end, from_saved)
  refused(no_graph, function(_, x) module.square:copy_(x * x) return x * x * x end,
    function(_, gy) return gy * 3 * module.square end)
end

function TestBuffers:test_given_back_as_the_gradient_are_refused()
  local buffer = plain {0}
  refused("the gradient of x [1] " .. no_graph,
    function(_, x) buffer:copy_(x * x * 3) return x * x * x end, function() return buffer end)
end

function TestBuffers:test_detached_in_backward_are_constant()
  local buffer = plain {0}
  local op = sg.op {
    forward = function(_, x) buffer:copy_(x * x) return x * x * x end,
    backward = function(_, gy) return gy * 3 * buffer:detach() end,
  }
  local x = leaf {2}
  local first = sg.grad(op(x) * x, {x}, {create_graph = true})[1]
  lu.assertEquals(sg.grad(first, {x})[1]:item(), 12 + 12)
end

-- Statistics that a forward updates are no part of its derivative; for later calls they are constant.
function TestBuffers:test_running_statistics_are_free()
  local running = plain {0}
  local function update(x) running:copy_(running * 0.5 + x:mean() * 0.5) end
  right(
    function(ctx, x) update(x) ctx:save(x) return x * x * x end,
    function(ctx, gy) return gy * 3 * ctx:saved():square() end)
  lu.assertTrue(running:item() ~= 0)
  local state = running:item()
  local shifted = sg.op { -- x (x - running)
    forward = function(ctx, x, r) ctx:save(x, r) return x * (x - r) end,
    backward = function(ctx, gy)
      local x, r = ctx:saved()
      return gy * (2 * x - r), false
    end,
  }
  local x = leaf {3}
  local first = sg.grad(shifted(x, running), {x}, {create_graph = true})[1]
  lu.assertAlmostEquals(first:item(), 6 - state, 1e-14)
  lu.assertEquals(sg.grad(first, {x})[1]:item(), 2)
  local captured = sg.op {
    forward = function(ctx, v) ctx:save(v) return v * (v - running) end,
    backward = function(ctx, gy) return gy * (2 * ctx:saved() - running) end,
  }
  lu.assertTrue(sg.gradcheck(captured, {leaf {0.7}}, {order = 2}).ok)
end

function TestBuffers:test_that_are_the_result_have_its_graph()
  local op = sg.op {
    forward = function(ctx, x)
      local y = sg.zeros_like(x)
      y:copy_(x:exp())
      ctx:save(y)
      return y
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  lu.assertTrue(sg.gradcheck(op, {leaf {0.3, -1}}, {order = 2}).ok)
end

-- Out of the guard's sight: state that one op writes and the derivative of a later one uses. The check names it.
function TestBuffers:test_shared_by_two_ops_are_found_by_the_check()
  local buffer = plain {0}
  local first = sg.op {
    forward = function(_, x) buffer:copy_(x * x) return x * 1 end,
    backward = function(_, gy) return gy * 1 end,
  }
  local second = sg.op {
    forward = function(_, x) return x * x * x end,
    backward = function(_, gy) return gy * 3 * buffer end,
  }
  local function f(x) return second(first(x)) end
  lu.assertTrue(sg.gradcheck(f, {leaf {0.7}}).ok)
  lu.assertFalse(sg.gradcheck(f, {leaf {0.7}}, {order = 2}).ok)
end

TestWays = {}

function TestWays:test_through_a_grad()
  refused(no_graph,
    function(ctx, x)
      local carrier = sg.zeros(1, f64)
      carrier.grad = x * x
      ctx:save(carrier.grad)
      return x * x * x
    end, from_saved)
end

function TestWays:test_through_a_coroutine()
  local later
  refused(no_graph, function(_, x)
    later = coroutine.wrap(function() local s = x * x coroutine.yield(s) end)
    return x * x * x
  end, function(_, gy) return gy * 3 * later() end)
  refused(no_graph, function(_, x)
    later = coroutine.wrap(function() coroutine.yield() while true do coroutine.yield(x * x) end end)
    later()
    return x * x * x
  end, function(_, gy) return gy * 3 * later() end)
end

-- Computed after forward and before backward, from what forward left.
function TestWays:test_through_what_is_computed_in_between()
  local kept, square
  local op = sg.op {
    forward = function(_, x) kept = x return x * x * x end,
    backward = function(_, gy) return gy * 3 * square end,
  }
  local x = leaf {0.7}
  for _, compute in ipairs {
    function() square = kept * kept end,
    function() square = sg.zeros(1, f64) square:copy_(kept * kept) end,
    function() square = sg.op {forward = function(_, v) return v * v end} (kept) end,
    function() square = sg.op {forward = function() return kept * kept end} () end,
    function() square = sg.stack({kept * 0.5, kept * 0.5}):sum(1):square() end,
  } do
    local y = op(x)
    compute()
    lu.assertStrContains(error_of(function() sg.grad(y, {x}, {create_graph = true}) end), no_graph)
    square = square:detach()
    lu.assertAlmostEquals(sg.grad(y, {x}, {retain_graph = true})[1]:item(), 3 * 0.7 ^ 2, 1e-14)
  end
end

function TestWays:test_through_an_op_inside_of_a_forward()
  local kept
  local cube = sg.op(support.cube_definition())
  refused(no_graph, function(ctx, x)
    ctx:save(sg.enable_grad(function()
      local v = x:detach()
      v.requires_grad = true
      return (cube(v) / x):detach()
    end))
    return x * x * x
  end, from_saved)
  local kept_squared = sg.op {forward = function() return kept * kept end}
  refused(no_graph, function(ctx, x)
    kept = x
    ctx:save(kept_squared())
    return x * x * x
  end, from_saved)
  local square_of_kept = sg.op {forward = function() return sg.full({1}, kept:item() ^ 2, f64) end}
  refused("its forward took numbers out of tensors", function(ctx, x)
    kept = x
    ctx:save(square_of_kept())
    return x * x * x
  end, from_saved)
end

-- An inner op that its author answers for takes numbers of its own argument: that is no matter of the outer one.
function TestWays:test_an_inner_op_may_take_numbers_of_its_argument()
  local inner = sg.op {
    differentiable = true,
    forward = function(ctx, x) ctx:save(x) ctx.large = x:sum():item() > 10 return x * x * x end,
    backward = function(ctx, gy) return gy * 3 * ctx:saved():square() end,
  }
  right(function(ctx, x) ctx:save(x) return inner(x) end,
    function(ctx, gy) return gy * 3 * ctx:saved():square() end)
end

function TestWays:test_a_result_with_a_gradient_of_its_own()
  local w = leaf {3}
  lu.assertStrContains(error_of(sg.op {name = "test_gives_w", forward = function(_, _) return w end}, leaf {1}),
    "test_gives_w: result 1 of forward requires a gradient of its own, which would be lost")
  lu.assertStrContains(error_of(sg.op {forward = function(_, x)
    return sg.enable_grad(function() return w * 1 end), x * 1
  end}, leaf {1}), "requires a gradient of its own")
  lu.assertEquals(sg.op {forward = function(_, _) return w:detach() end} (leaf {1}):item(), 3)
end

function TestWays:test_numbers_of_a_captured_parameter()
  local w = leaf {0.7}
  local op = sg.op {
    forward = function(ctx, x) ctx.w = w:item() return x * ctx.w end,
    backward = function(ctx, gy) return gy * ctx.w end,
  }
  local x = leaf {2}
  lu.assertEquals(sg.grad(op(x), {x})[1]:item(), 0.7)
  lu.assertStrContains(error_of(function() sg.grad(op(x), {x}, {create_graph = true}) end),
    "its forward took numbers out of tensors")
end

TestBackward = {}

local function keep(ctx, x) ctx:save(x) return x * x * x end

function TestBackward:test_a_gradient_without_graph_is_refused()
  local without = "is a gradient that was taken without create_graph"
  local function derivative(x, options) return sg.grad((x * x * x):sum(), {x}, options)[1] end
  local function enabled(f) return function(...) return sg.enable_grad(f, ...) end end
  refused(without, keep, enabled(function(ctx, gy) return gy * derivative(ctx:saved()) end))
  refused("the gradient of x [1] " .. without, keep, enabled(function(ctx) return derivative(ctx:saved()) end))
  refused(without, keep, enabled(function(ctx, gy) return gy * derivative(ctx:saved()):reshape(1):clone() end))
  refused("item: a number has no graph", keep, enabled(function(ctx, gy)
    return gy * derivative(ctx:saved()):item()
  end))
  refused(without, keep, enabled(function(ctx, gy)
    local x = ctx:saved()
    local s = (x * x * x):sum()
    x.grad = nil
    s:backward()
    local gradient = gy * x.grad
    x.grad = nil
    return gradient
  end))
  refused(without, keep, enabled(function(ctx, gy)
    local x, carrier = ctx:saved(), sg.zeros(1, f64)
    carrier.grad = derivative(x)
    return gy * carrier.grad
  end))
  refused(without, keep, enabled(function(ctx, gy)
    local buffer, gradient = sg.zeros(1, f64), derivative(ctx:saved())
    sg.no_grad(function() buffer:copy_(gradient) end)
    return gy * buffer
  end))
  right(keep, enabled(function(ctx, gy) return gy * derivative(ctx:saved(), {create_graph = true}) end))
end

-- Loading writes unrecorded, so a state that carries a gradient would lose it.
function TestBackward:test_a_state_that_is_loaded_is_refused()
  local lost = "carries a gradient, which would be lost"
  local net = sg.nn.Linear(1, 1, {bias = false, dtype = "f64"})
  refused(lost, keep, function(ctx, gy)
    local x = ctx:saved()
    net:load_state_dict({weight = (3 * x * x):reshape(1, 1)})
    return net(gy)
  end)
  local optimizer = sg.optim.SGD(net:parameters(), {momentum = 0.9})
  refused(lost, keep, function(ctx, gy)
    local x, state = ctx:saved(), optimizer:state_dict()
    state.state[1] = {steps = 1, momentum_buffer = (3 * x * x):reshape(1, 1)}
    optimizer:load_state_dict(state)
    return gy * optimizer.state[net.weight].momentum_buffer:reshape(1)
  end)
end

-- That a batch's statistics are finite is no number taken out of them.
function TestBackward:test_running_statistics_in_a_forward_refuse_nothing()
  local norm = sg.nn.BatchNorm1d(1, {dtype = "f64", affine = false})
  right(function(ctx, x)
    norm(sg.cat({x, x + 1}):reshape(-1, 1))
    return keep(ctx, x)
  end, function(ctx, gy) return gy * 3 * ctx:saved():square() end)
end

-- As in a checkpoint: computed once more from a detached copy, through which no second derivative flows.
function TestBackward:test_a_gradient_at_a_detached_copy_is_refused()
  local function at(copy_of)
    return function(ctx, gy)
      return sg.enable_grad(function()
        local v = copy_of(ctx:saved())
        v.requires_grad = true
        return sg.grad(v * v * v, {v}, {grad_outputs = {gy}, create_graph = sg.is_grad_enabled()})[1]:detach()
      end)
    end
  end
  for _, copy_of in ipairs {
    function(x) return x:detach() end,
    function(x) return x:detach():clone() end,
    function(x) return x:detach():reshape(1, 1):reshape(1) end,
  } do refused("was detached in a backward that is being differentiated", keep, at(copy_of)) end
end

function TestBackward:test_requires_grad_turned_off_is_refused()
  refused("would lose its gradient inside a function of a custom op", keep, function(ctx, gy)
    local x = ctx:saved()
    if sg.is_grad_enabled() then x.requires_grad = false end
    return gy * 3 * x * x
  end)
  local w = leaf {3}
  local op = sg.op {forward = function(_, x) w.requires_grad = false return x * w end}
  lu.assertStrContains(error_of(op, leaf {1}), "would lose its gradient")
  lu.assertTrue(w.requires_grad)
end

function TestBackward:test_recording_turned_off_is_refused()
  local off = "recording is off inside a backward that is being differentiated"
  refused(off, keep, function(ctx, gy)
    local before = sg.set_grad_enabled(false)
    local gradient = gy * 3 * ctx:saved():square()
    sg.set_grad_enabled(before)
    return gradient
  end)
  refused(off, keep, function(ctx, gy)
    local buffer, x = sg.zeros(1, f64), ctx:saved()
    sg.no_grad(function() buffer:copy_(x) end)
    return gy * 3 * buffer * buffer
  end)
  refused(off, keep, function(ctx, gy)
    local buffer, x = sg.zeros(1, f64), ctx:saved()
    sg.no_grad(function() buffer[1] = x[1] end)
    return gy * 3 * buffer * buffer
  end)
end

-- The inner op has its own forward, where severed values are at home; not those of the op around it.
function TestBackward:test_an_op_applied_in_backward_takes_nothing_severed_along()
  local square
  local function forward(_, x) square = x * x return square * x end
  local scale = sg.op {
    forward = function(_, g) return g * 3 * square end,
    backward = function(_, gg) return gg * 3 * square end,
  }
  refused(no_graph, forward, function(_, gy) return scale(gy) end)
  local by_number = sg.op {
    forward = function(_, g) return g * (3 * square:item()) end,
    backward = function(_, gg) return gg * (3 * square:item()) end,
  }
  refused("item: a number has no graph", forward, function(_, gy) return by_number(gy) end)
  local cube = sg.op(support.cube_definition())
  right(keep, function(ctx, gy) return gy * 3 * cube(ctx:saved()) / ctx:saved() end)
end

os.exit(lu.LuaUnit.run())
