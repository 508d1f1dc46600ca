-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.checkpoint gives what the function itself gives, bit by bit: values, gradients of arguments and of what the
-- function uses, random numbers, running statistics; to the second order; and keeps less.
local lu = require "luaunit"
local sg = require "selenograd"
local nn = sg.nn

local function leaf(values) return sg.tensor(values, {dtype = "f64", requires_grad = true}) end

local function refused(message, f, ...)
  local ok, text = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrContains(text, message)
end

local function take_gradients(model, x)
  local gradients = {x.grad}
  x.grad = nil
  for _, parameter in ipairs(model:parameters()) do
    gradients[#gradients + 1] = parameter.grad
    parameter.grad = nil
  end
  return gradients
end

TestCheckpoint = {}

function TestCheckpoint:test_a_network_with_noise_and_statistics()
  sg.manual_seed(3)
  local model = nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.ReLU(), nn.Dropout(0.5), nn.Linear(7, 4))
  local x = sg.randn(6, 5, {requires_grad = true})
  local state, norm = sg.get_rng_state(), model[2]
  local plain = model(x)
  plain:square():sum():backward()
  local expected, mean = take_gradients(model, x), norm.running_mean:clone()
  local following = sg.get_rng_state()
  sg.set_rng_state(state)
  norm.running_mean:zero_()
  norm.running_var:fill_(1)
  local y = sg.checkpoint(model, x)
  lu.assertEquals(sg.get_rng_state(), following)
  lu.assertTrue(y:equal(plain:detach()))
  lu.assertEquals(norm.num_batches_tracked:item(), 2)
  sg.rand(3) -- the numbers that come are no matter
  local random = sg.get_rng_state()
  y:square():sum():backward()
  lu.assertEquals(sg.get_rng_state(), random)
  lu.assertEquals(norm.num_batches_tracked:item(), 2)
  lu.assertTrue(norm.running_mean:equal(mean))
  for i, gradient in ipairs(take_gradients(model, x)) do lu.assertTrue(gradient:equal(expected[i]), i) end
  lu.assertEquals(#expected, 7)
end

function TestCheckpoint:test_second_order_through_arguments_and_captured_leaves()
  local w, v = leaf {1.5, -0.5}, leaf {0.5, 2}
  local function f(a) return (a * v):tanh() end
  local function both(function_of_w)
    local first = sg.grad(function_of_w(w):sum(), {w, v}, {create_graph = true})
    return first[1], first[2], table.unpack(sg.grad((first[1] * first[2]):sum(), {w, v}))
  end
  local plain, again = {both(f)}, {both(function(a) return sg.checkpoint(f, a) end)}
  for i = 1, 4 do lu.assertTrue(plain[i]:equal(again[i]), i) end
  lu.assertEquals(sg.gradcheck(function(a) return sg.checkpoint(f, a) end, {w}, {order = 2}).verdict, "pass")
end

function TestCheckpoint:test_values_that_are_no_tensors()
  local x = leaf {1, 2}
  local y, text, count, nothing, z = sg.checkpoint(function(a, n, b)
    return a * n, "text", b == nil and 1, nil, a * a
  end, x, 3, nil)
  lu.assertEquals({y:totable(), text, count, nothing, z:totable()}, {{3, 6}, "text", 1, nil, {1, 4}})
  z:sum():backward()
  lu.assertEquals(x.grad:totable(), {2, 4})
  lu.assertEquals(sg.checkpoint(function(n) return n + 1 end, 2), 3)
end

function TestCheckpoint:test_an_output_without_a_derivative()
  local x = leaf {3, 1}
  local y, order = sg.checkpoint(function(a) return a * 2, a:argmax() end, x)
  lu.assertEquals({order:item(), order.requires_grad, y.requires_grad}, {1, false, true})
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {2, 2})
end

function TestCheckpoint:test_more_leaves_than_an_op_has_room_for()
  local many = {}
  for i = 1, 150 do many[i] = leaf(i) end
  local y = sg.checkpoint(function(a)
    for i, each in ipairs(many) do a = a + each * i end
    return a
  end, leaf(0))
  y:backward()
  for i, each in ipairs(many) do lu.assertEquals(each.grad:item(), i) end
end

-- The op that uses the leaf is asked for what the pass is asked for, and nothing is kept between passes.
function TestCheckpoint:test_only_what_the_pass_wants_is_computed()
  local asked
  local product = sg.op {
    forward = function(ctx, a, b) ctx:save(a, b) return a * b end,
    backward = function(ctx, d_y)
      local a, b = ctx:saved()
      asked = {ctx.needs_input_grad[1], ctx.needs_input_grad[2]}
      return asked[1] and d_y * b, asked[2] and d_y * a
    end,
  }
  local w, x = leaf {3, 5}, leaf {2, 7}
  local y = sg.checkpoint(function(a) return product(a, w) end, x)
  local function live_tensors() -- a second time for what finalizers let go of
    collectgarbage()
    collectgarbage()
    return sg.memory().live_tensors
  end
  local live = live_tensors()
  local gradient = sg.grad(y:sum(), {x}, {retain_graph = true})[1]
  lu.assertEquals(gradient:totable(), {3, 5})
  lu.assertEquals(asked, {true, false})
  gradient = nil
  lu.assertEquals(live_tensors(), live)
  lu.assertEquals(sg.grad(y:sum(), {w}, {retain_graph = true})[1]:totable(), {2, 7})
  lu.assertEquals(asked, {false, true})
end

function TestCheckpoint:test_nested_and_without_recording()
  local x, w = leaf {0.5, 1}, leaf {2, 3}
  local function inner(a) return (a * w):sin() end
  local y = sg.checkpoint(function(a) return sg.checkpoint(inner, a) * a end, x)
  y:sum():backward()
  local gradients = sg.grad((inner(x) * x):sum(), {x, w})
  lu.assertTrue(x.grad:equal(gradients[1]) and w.grad:equal(gradients[2]))
  lu.assertFalse(sg.no_grad(sg.checkpoint, inner, x).requires_grad)
end

function TestCheckpoint:test_a_function_is_told()
  local told = {}
  local y = sg.checkpoint(function(a)
    told[#told + 1] = sg.is_recomputing()
    return a * a
  end, leaf(3))
  y:backward()
  lu.assertEquals(told, {false, true})
  lu.assertFalse(sg.is_recomputing())
end

function TestCheckpoint:test_errors_leave_nothing_behind()
  local x, times = leaf(3), 0
  local function fails_again(a)
    times = times + 1
    if times == 2 then error("the second time") end
    sg.rand(1)
    return a * a
  end
  local y = sg.checkpoint(fails_again, x)
  local random = sg.get_rng_state()
  refused("the second time", y.backward, y)
  lu.assertEquals(sg.get_rng_state(), random)
  lu.assertFalse(sg.is_recomputing())
  lu.assertNil(x.grad)
end

function TestCheckpoint:test_refused()
  local x = leaf {1, 2}
  local h = x * 2
  refused("uses a tensor [2] that was computed before the call; make it an argument", sg.checkpoint,
    function(a) return a * h end, x)
  refused("checkpoint: f is 3, expected a function", sg.checkpoint, 3)
end

-- Four tanh of 8,000 numbers keep 4 times 64,000 bytes, the checkpoint its result alone.
function TestCheckpoint:test_keeps_less()
  local x = sg.randn(8000, {dtype = "f64", requires_grad = true})
  local function f(a) return a:tanh():tanh():tanh():tanh() end
  local function kept(function_of_x)
    collectgarbage()
    local before = sg.memory().live_bytes
    local y = function_of_x(x)
    collectgarbage()
    return sg.memory().live_bytes - before, y
  end
  local whole, less = kept(f), kept(function(a) return sg.checkpoint(f, a) end)
  lu.assertTrue(whole >= 4 * 64000)
  lu.assertTrue(less < 70000, less)
end

TestGraph = {}

function TestGraph:test_text()
  local w = leaf {{1, 2}, {3, 4}}
  local text = (sg.ones(3, 2, {dtype = "f64"}):matmul(w)):tanh():sum():graph {names = {w = w}}
  lu.assertEquals(text, [[
digraph selenograd {
  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];
  leaf1 [shape=box, label="w\nf64 [2, 2]"];
  op1 [label="matmul\nsaves 80 B"];
  leaf1 -> op1 [label="[2, 2]"];
  op2 [label="tanh\nsaves 48 B"];
  op1 -> op2 [label="[3, 2]"];
  op3 [label="sum"];
  op2 -> op3 [label="[3, 2]"];
  result1 [shape=doublecircle, label="y"];
  op3 -> result1 [label="[]"];
}
]])
end

function TestGraph:test_names_of_a_module_and_several_results()
  local model = nn.Linear(2, 1)
  local y = model(sg.ones(1, 2))
  local text = sg.graph({y, y * 2}, {names = model})
  for _, part in ipairs {'"weight\\nf32 [1, 2]"', '"bias\\nf32 [1]"', 'result2 [shape=doublecircle, label="2"]'} do
    lu.assertStrContains(text, part)
  end
  lu.assertStrContains(sg.ones(2):graph(), 'result1 [shape=doublecircle, label="y"];\n}')
end

function TestGraph:test_file()
  local path = os.tmpname() .. ".dot"
  local text = (leaf(2) * 3):graph {file = path}
  local file = io.open(path)
  lu.assertEquals(file:read("a"), text)
  file:close()
  os.remove(path)
end

function TestGraph:test_refused()
  local y = leaf(2) * 3
  refused("graph: the file picture has no ending", y.graph, y, {file = "picture"})
  refused("did you mean 'file'?", y.graph, y, {fil = "x.dot"})
  refused("graph: tensors is 3, expected a list", sg.graph, 3)
  refused("graph: names are 3", y.graph, y, {names = 3})
  refused("graph: names.w is 1, expected a tensor", y.graph, y, {names = {w = 1}})
  refused("/there/is/none.dot", y.graph, y, {file = "/there/is/none.dot"})
end

os.exit(lu.LuaUnit.run())
