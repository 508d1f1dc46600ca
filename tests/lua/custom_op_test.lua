-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.op: custom ops in Lua. Calls, results, gradients, definitions.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, leaf, plain, cube_definition, collect =
  support.error_of, support.leaf, support.plain, support.cube_definition, support.collect

local cube = sg.op(cube_definition("test_cube"))

TestCalls = {}

function TestCalls:test_function_method_and_registry()
  local x = leaf {1, 2}
  lu.assertEquals(cube(x):totable(), {1, 8})
  lu.assertEquals(sg.test_cube(x):totable(), {1, 8})
  lu.assertEquals(x:test_cube():totable(), {1, 8})
  lu.assertEquals(cube(x):producer(), "test_cube")
  lu.assertTableContains(sg.ops(), "test_cube")
end

function TestCalls:test_other_arguments_pass_through_in_place()
  local seen
  local op = sg.op {
    forward = function(ctx, x, n, flag, name, options, nothing, f)
      seen = {n, flag, name, options, nothing, f}
      ctx.n = n
      return x * n
    end,
    backward = function(ctx, gy) return gy * ctx.n end,
  }
  local x, options, f = leaf {1, 2}, {1}, function() end
  local y = op(x, 3, true, "s", options, nil, f)
  lu.assertEquals(seen[1], 3)
  lu.assertTrue(seen[2])
  lu.assertEquals(seen[3], "s")
  lu.assertIs(seen[4], options)
  lu.assertNil(seen[5])
  lu.assertIs(seen[6], f)
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {3, 3})
  lu.assertStrContains(error_of(op, x, 1, 2, 3, 4, 5, 6, 7), "8 arguments given, expected at most 7")
end

function TestCalls:test_several_inputs_and_outputs()
  local op = sg.op {
    inputs = {"a", {name = "b", doc = "the other"}, "scale"},
    outputs = {"sum", "product"},
    forward = function(ctx, a, b, scale)
      ctx:save(a, b)
      ctx.scale = scale
      return (a + b) * scale, a * b
    end,
    backward = function(ctx, gs, gp)
      local a, b = ctx:saved()
      return gs * ctx.scale + gp * b, gs * ctx.scale + gp * a
    end,
  }
  local a, b = leaf {1, 2}, leaf {3, 5}
  local s, p = op(a, b, 10)
  lu.assertEquals(s:totable(), {40, 70})
  lu.assertEquals(p:totable(), {3, 10})
  local da, db = table.unpack(sg.grad(s:sum() + p:sum() * 2, {a, b}))
  lu.assertEquals(da:totable(), {16, 20})
  lu.assertEquals(db:totable(), {12, 14})
  -- An output that nobody used has a gradient of zeros.
  s, p = op(a, b, 10)
  lu.assertEquals(sg.grad(p:sum(), {a})[1]:totable(), {3, 5})
  lu.assertTrue(sg.gradcheck(function(u, v) return op(u, v, 2) end, {a, b}, {order = 2}).ok)
end

function TestCalls:test_any_number_of_arguments()
  local total = sg.op {
    forward = function(ctx, ...)
      local tensors, sum = {...}, 0
      ctx.count = #tensors
      for _, tensor in ipairs(tensors) do sum = tensor + sum end
      return sum
    end,
    backward = function(ctx, gy)
      local gradients = {}
      for i = 1, ctx.count do gradients[i] = gy * i end
      return table.unpack(gradients)
    end,
  }
  local inputs = {}
  for i = 1, 20 do inputs[i] = leaf {i} end
  local y = total(table.unpack(inputs))
  lu.assertEquals(y:item(), 210)
  for i, gradient in ipairs(sg.grad(y, inputs)) do lu.assertEquals(gradient:item(), i) end
  local many = {}
  for i = 1, 65 do many[i] = 1 end
  lu.assertStrContains(error_of(total, table.unpack(many)), "at most 64")
end

function TestCalls:test_same_tensor_twice()
  local product = sg.op {
    forward = function(ctx, a, b) ctx:save(a, b) return a * b end,
    backward = function(ctx, gy)
      local a, b = ctx:saved()
      return gy * b, gy * a
    end,
  }
  local x = leaf {3}
  local first = sg.grad(product(x, x), {x}, {create_graph = true})[1]
  lu.assertEquals(first:item(), 6)
  lu.assertEquals(sg.grad(first, {x})[1]:item(), 2)
end

function TestCalls:test_an_argument_may_be_the_result()
  local identity = sg.op {
    forward = function(_, x) return x end,
    backward = function(_, gy) return gy * 5 end,
  }
  local x = leaf {1, 2}
  local y = identity(x)
  lu.assertFalse(y.is_leaf)
  lu.assertTrue(x.is_leaf)
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {5, 5})
  local twice = sg.op {
    forward = function(_, v) local r = v * 1 return r, r end,
    backward = function(_, g1, g2) return g1 + g2 * 10 end,
  }
  local a, b = twice(x)
  lu.assertEquals(sg.grad((a + b):sum(), {x})[1]:totable(), {11, 11})
end

function TestCalls:test_without_gradients_nothing_is_recorded()
  lu.assertTrue(cube(plain {2}).is_leaf)
  local x = leaf {2}
  lu.assertTrue(sg.no_grad(cube, x).is_leaf)
  local inside
  local op = sg.op {forward = function(_, v) inside = {v.requires_grad, sg.is_grad_enabled()} return v * 2 end}
  op(x)
  lu.assertEquals(inside, {false, false})
  lu.assertTrue(sg.is_grad_enabled())
end

function TestCalls:test_no_tensor_at_all()
  local constant = sg.op {forward = function(_, n) return sg.full({n}, 7) end}
  lu.assertEquals(constant(2):totable(), {7, 7})
end

function TestCalls:test_in_a_coroutine_that_is_dead_by_backward()
  local x = leaf {2}
  local y = coroutine.wrap(function() return cube(x) end)()
  collect()
  y:backward()
  lu.assertEquals(x.grad:item(), 12)
  local z = cube(x)
  x.grad = nil
  coroutine.wrap(function() z:backward() end)()
  lu.assertEquals(x.grad:item(), 12)
end

function TestCalls:test_needs_input_grad()
  local forward, backward
  local op = sg.op {
    forward = function(ctx, a, b, n) forward = ctx.needs_input_grad ctx:save(a, b) return a * b * n end,
    backward = function(ctx, gy)
      local a, b = ctx:saved()
      local needs = ctx.needs_input_grad
      backward = needs
      return needs[1] and gy * b, needs[2] and gy * a
    end,
  }
  local a, b = leaf {2}, leaf {3}
  local y = op(a, b, 1)
  lu.assertEquals(forward, {true, true, false})
  lu.assertEquals(sg.grad(y, {b})[1]:item(), 2)
  lu.assertEquals(backward, {false, true, false})
  op(plain {1}, b, 1):backward()
  lu.assertEquals(forward, {false, true, false})
  lu.assertEquals(b.grad:item(), 1)
end

TestResults = {}

function TestResults:test_indices_have_no_gradient()
  local op = sg.op {
    forward = function(ctx, x)
      local value, index = x:max(1)
      ctx:save(x)
      return value, index
    end,
    backward = function(ctx, gv, gi)
      lu.assertNil(gi)
      local x = ctx:saved()
      return gv * x:eq((x:max(1)))
    end,
  }
  local x = leaf {1, 5, 3}
  local value, index = op(x)
  lu.assertEquals(index:item(), 2)
  lu.assertFalse(index.requires_grad)
  value:backward()
  lu.assertEquals(x.grad:totable(), {0, 1, 0})
end

function TestResults:test_marked_and_declared_results_have_no_gradient()
  local function definition(marks, outputs)
    return {
      outputs = outputs,
      forward = function(ctx, x)
        local y, scale = x * 2, x * 3
        ctx:save(scale)
        if marks then ctx:mark_non_differentiable(scale) end
        return y, scale
      end,
      backward = function(ctx, gy, gs)
        lu.assertNil(gs)
        return gy * ctx:saved()
      end,
    }
  end
  local declared = {"y", {name = "s", differentiable = false}}
  for _, op in ipairs {sg.op(definition(true)), sg.op(definition(false, declared))} do
    local x = leaf {4}
    local y, scale = op(x)
    lu.assertFalse(scale.requires_grad)
    lu.assertEquals(sg.grad(y + scale, {x})[1]:item(), 12)
  end
  local op = sg.op {forward = function(ctx, x) ctx:mark_non_differentiable(x * 2) return x * 2 end}
  lu.assertStrContains(error_of(op, leaf {1}), "tensor 1 is no result of forward")
end

function TestResults:test_a_marked_result_is_a_constant_of_the_second_derivative()
  local op = sg.op {
    forward = function(ctx, x)
      local scale = x * 3
      ctx:save(scale)
      ctx:mark_non_differentiable(scale)
      return x * 2, scale
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  local x = leaf {4}
  local y = op(x)
  local g = sg.grad(y * y * 0.5, {x}, {create_graph = true})[1]
  lu.assertEquals(g:item(), 8 * 12)
  lu.assertEquals(sg.grad(g, {x})[1]:item(), 12 * 12)
end

function TestResults:test_wrong_results_are_named()
  local function returning(...)
    local values = table.pack(...)
    return sg.op {forward = function(_, ...) return table.unpack(values, 1, values.n) end}
  end
  local x = leaf {1}
  lu.assertStrContains(error_of(returning(), x), "forward returned nothing, expected a tensor")
  lu.assertStrContains(error_of(returning("y"), x), "forward returned the string 'y' as result 1")
  lu.assertStrContains(error_of(returning(plain {1}, nil), x), "forward returned missing as result 2")
  local t = plain {1}
  lu.assertStrContains(error_of(returning(t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t, t), x),
    "17 values, at most 16")
  lu.assertStrContains(error_of(returning(leaf {1}), x), "requires a gradient of its own")
  local two = sg.op {outputs = {"a", "b"}, forward = function(_, v) return v end}
  lu.assertStrContains(error_of(two, x), "forward returned 1 values, expected 2")
end

TestGradients = {}

local function with_backward(backward)
  return sg.op {
    name = "test_returns", replace = true, inputs = {"x", "w", "n"},
    forward = function(ctx, x, w, n) ctx:save(x, w) return x * w * n end,
    backward = backward,
  }
end

local function backward_error(backward)
  local op = with_backward(backward)
  local x, w = leaf {1, 2}, leaf {3, 4}
  local message = error_of(function() op(x, w, 2):sum():backward() end)
  lu.assertNil(x.grad)
  lu.assertNil(w.grad)
  lu.assertTrue(sg.is_grad_enabled())
  lu.assertEquals((x * w):sum():item(), 11)
  return message
end

function TestGradients:test_what_backward_returns_is_checked()
  local contains = lu.assertStrContains
  contains(backward_error(function(_, gy) return gy end), "it returned no gradient for w (value 2)")
  contains(backward_error(function(_, gy) return nil, gy end), "no gradient for x (value 1); return false")
  contains(backward_error(function(_, gy) return gy, gy, gy end),
    "value 3 is a tensor, but argument 3 (n) was none")
  contains(backward_error(function(_, gy) return gy, gy, nil, gy end), "it returned 4 values")
  contains(backward_error(function(_, gy) return gy, 0 end), "the gradient of w (value 2) is the number 0")
  contains(backward_error(function(_, gy) return gy, true end), "the gradient of w (value 2) is true")
  contains(backward_error(function(_, gy) return gy, gy:sum() end),
    "its derivative gave a gradient of shape [] and dtype f64 for w, expected [2] and f64")
  contains(backward_error(function(_, gy) return gy:to("f32"), gy end), "dtype f32 for x")
  contains(backward_error(function(_, gy) gy:mul_(2) return gy, gy end), "it wrote in place into the gradient")
  contains(backward_error(function(_, gy) return gy:nonsense(), gy end), "has no field 'nonsense'")
end

function TestGradients:test_false_is_zero_and_unneeded_values_are_free()
  local x, w = leaf {1, 2}, leaf {3, 4}
  local op = with_backward(function(_, gy) return gy, false end)
  op(x, w, 2):sum():backward()
  lu.assertEquals(w.grad:totable(), {0, 0})
  op(x, plain {3, 4}, 2):sum():backward()
  lu.assertEquals(x.grad:totable(), {2, 2})
  with_backward(function(_, gy) return gy end)(x, plain {3, 4}, 2):sum():backward()
  lu.assertEquals(x.grad:totable(), {3, 3})
end

function TestGradients:test_errors_keep_message_place_and_object()
  local op = with_backward(function() error("my own words") end)
  local message = error_of(function() op(leaf {1}, leaf {1}, 2):backward() end)
  lu.assertStrMatches(message, "backward of test_returns: .*custom_op_test.lua:%d+: my own words")
  local object = {}
  op = with_backward(function() error(object) end)
  local _, raised = pcall(function() op(leaf {1}, leaf {1}, 2):backward() end)
  lu.assertIs(raised, object)
  op = sg.op {name = "test_raises", forward = function(_, _) error("in forward") end}
  lu.assertStrMatches(error_of(op, leaf {1}), "forward of test_raises: .*custom_op_test.lua:%d+: in forward")
  lu.assertTrue(sg.is_grad_enabled())
  op = sg.op {forward = function(_, x) coroutine.yield() return x end}
  lu.assertStrContains(error_of(coroutine.wrap(function() op(leaf {1}) end)), "yield")
end

function TestGradients:test_a_gradient_may_be_the_cotangent_or_a_saved_tensor()
  local op = sg.op {
    forward = function(ctx, a, b) ctx:save(b) return a + b end,
    backward = function(ctx, gy) return gy, ctx:saved() end,
  }
  local a, b = leaf {1}, leaf {2}
  op(a, b):backward()
  a.grad:add_(100)
  lu.assertEquals({a.grad:item(), b.grad:item(), b:item()}, {101, 2, 2})
  lu.assertFalse(b.grad.requires_grad)
end

TestDefinitions = {}

function TestDefinitions:test_mistakes_are_named()
  local function refused(definition, message) lu.assertStrContains(error_of(sg.op, definition), message) end
  local forward = function(_, x) return x * 1 end
  refused(nil, "the definition is nil, expected a table")
  refused({}, "forward is missing")
  refused({forward = 3}, "forward is 3, expected a function")
  refused({forward = forward, backwards = forward}, "unknown field 'backwards'; did you mean 'backward'?")
  refused({forward = forward, name = "Swish"}, "expected a lower case letter")
  refused({forward = forward, name = "relu"}, "already an op named relu")
  refused({forward = forward, name = "backward"}, "tensors have a method x:backward")
  refused({forward = forward, name = "tensor"}, "sg.tensor exists")
  refused({forward = forward, name = "nn"}, "sg.nn exists")
  refused({forward = forward, name = "end"}, "a keyword of Lua")
  refused({forward = forward, name = "test_cube"}, "already a custom op 'test_cube', defined at")
  refused({forward = forward, inputs = {"a", "b"}}, "there are 2 inputs, but forward takes 1")
  refused({forward = forward, inputs = {"a b"}}, "expected a letter, then letters, digits and _")
  refused({forward = forward, inputs = {{name = "a", differentiable = true}}}, "inputs[1].differentiable")
  refused({forward = forward, outputs = {}}, "there are 0 outputs")
  refused({forward = forward, outputs = {"y", "y"}}, "has the name 'y' twice")
  refused({forward = forward, once_differentiable = true}, "needs a backward")
  lu.assertStrContains(error_of(function() sg.op {} end), "custom_op_test.lua:")
end

function TestDefinitions:test_replacing()
  sg.op {
    name = "test_replaced",
    forward = function(_, x) return x * 2 end, backward = function(_, g) return g * 2 end,
  }
  local x = leaf {1}
  local old = x:test_replaced()
  sg.op {
    name = "test_replaced", replace = true,
    forward = function(_, v) return v * 5 end, backward = function(_, g) return g * 5 end,
  }
  collect()
  lu.assertEquals(sg.test_replaced(x):item(), 5)
  old:backward()
  lu.assertEquals(x.grad:item(), 2)
end

function TestDefinitions:test_manual()
  local samples = {{plain {1}}}
  sg.op {
    name = "test_manual", summary = "multiplies.", formula = "y = a b", reference = "Euclid",
    inputs = {{name = "a", doc = "left"}, {name = "b", doc = "right", optional = true}},
    outputs = {{name = "y", doc = "the product"}, {name = "n", differentiable = false}},
    samples = samples,
    forward = function(_, a, b) return a * (b or 1), a * 0 end, backward = function(_, g) return g end,
  }
  local page = sg.manual("test_manual")
  lu.assertStrContains(page, "y, n = sg.test_manual(a, b)")
  lu.assertStrContains(page, "b  optional: right")
  lu.assertStrContains(page, "Derivatives: of every order.")
  local info = sg.op_info("test_manual")
  lu.assertTrue(info.custom)
  lu.assertIs(info.samples, samples)
  lu.assertStrContains(sg.manual("test_cube"), "y = sg.test_cube(x)")
end

-- What sg.op completes for the C module is nobody else's business; who calls it all the same cannot do harm.
function TestDefinitions:test_the_definition_is_the_ops_own()
  lu.assertErrorMsgContains("sg has no 'define_op'", function() return sg.define_op end)
  local define_op = require "selenograd.core".define_op
  local count = 0
  local definition = setmetatable({
    inputs = {{}}, outputs = {{}}, outputs_declared = true,
    forward = function(_, x) return x * 2 end, backward = function(_, g) return g * 2 end,
  }, {__index = function(_, field)
    count = count + 1
    local texts = {label = "test_own", name = "test_own", where = "here", summary = "doubles"}
    return texts[field] and texts[field] .. (field == "summary" and ("x"):rep(100) .. count or "")
  end})
  for _, port in ipairs {definition.inputs[1], definition.outputs[1]} do
    setmetatable(port, {__index = function(_, field) return field == "name" and "v" .. ("w"):rep(50) or nil end})
  end
  local op = define_op(definition)
  definition.inputs, definition.outputs, definition.forward = nil, nil, nil
  collect()
  for i = 1, 1000 do _G.garbage = ("v"):rep(51) .. i end
  local x = leaf {1}
  op(x):backward()
  lu.assertEquals(x.grad:item(), 2)
  local info = sg.op_info("test_own")
  lu.assertStrMatches(info.summary, "doublesx+%d+")
  lu.assertEquals(info.inputs[1].name, "v" .. ("w"):rep(50))
  local forward = function(_, a) return a end
  for _, wrong in ipairs {
    false, {}, {label = 1}, {label = "a", where = "b", summary = "c"},
    {label = "a", where = "b", summary = "c", forward = forward},
    {label = "a", where = "b", summary = "c", forward = forward, inputs = {1}, outputs = {{name = "y"}}},
    {label = "a", where = "b", summary = "c", forward = forward, inputs = {{}}, outputs = {{name = "y"}}},
    {label = "a", where = "b", summary = "c", forward = forward, inputs = {}, outputs = 7},
  } do
    lu.assertErrorMsgContains("define_op: ", define_op, wrong)
  end
end

-- nil at the end is as good as absent, also behind the last argument.
function test_nil_at_the_end()
  local op = sg.op(support.cube_definition())
  lu.assertEquals(op(sg.tensor(2), nil, nil):item(), 8)
  lu.assertErrorMsgContains("3 arguments given, expected at most 1", op, sg.tensor(2), nil, 5)
end

os.exit(lu.LuaUnit.run())
