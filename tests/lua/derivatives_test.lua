-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.vjp, jvp, jacobian, hessian and hvp: values by hand, exact where they are small integers; structure; errors.
local sg = require "selenograd"
local lu = require "luaunit"

local function f64(values) return sg.tensor(values, {dtype = "f64"}) end

local function values(x) return x:totable() end

local function refused(message, f, ...)
  local ok, text = pcall(f, ...)
  lu.assertFalse(ok)
  lu.assertStrContains(text, message)
end

local x, direction = f64 {1, 2, 3}, f64 {1, 0, -1}
local function square(a) return a * a end
local function cube_sum(a) return (a ^ 3):sum() end
local function product(a, b) return a:matmul(b), a:sum() end
local a, b = f64 {{1, 2}, {3, 4}}, f64 {5, 6}

TestProducts = {}

function TestProducts:test_a_vector_times_the_jacobian()
  local y, gradient = sg.vjp(square, x, direction)
  lu.assertEquals({values(y), values(gradient)}, {{1, 4, 9}, {2, 0, -6}})
  lu.assertFalse(y.requires_grad or gradient.requires_grad)
  local _, gradients = sg.vjp(product, {a, b}, {f64 {1, -1}, f64(2)})
  lu.assertEquals({values(gradients[1]), values(gradients[2])}, {{{7, 8}, {-3, -4}}, {-2, -2}})
end

function TestProducts:test_the_jacobian_times_a_vector()
  local y, change = sg.jvp(square, x, direction)
  lu.assertEquals({values(y), values(change)}, {{1, 4, 9}, {2, 0, -6}})
  local outputs, changes = sg.jvp(product, {a, b}, {f64 {{1, 0}, {0, 1}}, f64 {1, 1}})
  lu.assertEquals({values(outputs[1]), outputs[2]:item()}, {{17, 39}, 10})
  lu.assertEquals({values(changes[1]), changes[2]:item()}, {{8, 13}, 2})
end

function TestProducts:test_a_missing_vector_is_one_for_one_element()
  local _, gradient = sg.vjp(cube_sum, x)
  lu.assertEquals(values(gradient), {3, 12, 27})
  refused("vjp: v is missing", sg.vjp, square, x)
  refused("jvp: v is missing", sg.jvp, square, x)
end

function TestProducts:test_the_hessian_times_a_vector()
  local y, change = sg.hvp(cube_sum, x, direction)
  lu.assertEquals({y:item(), values(change)}, {36, {6, 0, -18}})
  local _, changes = sg.hvp(function(p, q) return (p * q * q):sum() end, {x, x}, {direction, direction})
  lu.assertEquals({values(changes[1]), values(changes[2])}, {{2, 0, -6}, {4, 0, -12}})
end

TestMatrices = {}

function TestMatrices:test_one_output_and_one_input()
  lu.assertEquals(values(sg.jacobian(square, x)), {{2, 0, 0}, {0, 4, 0}, {0, 0, 6}})
  lu.assertEquals(values(sg.hessian(cube_sum, x)), {{6, 0, 0}, {0, 12, 0}, {0, 0, 18}})
end

function TestMatrices:test_the_shape_is_that_of_the_output_and_then_that_of_the_input()
  local whole = sg.jacobian(function(p) return p:t():reshape(1, 4) end, a)
  lu.assertEquals(whole.shape, {1, 4, 2, 2})
  lu.assertEquals(values(whole[1]), {{{1, 0}, {0, 0}}, {{0, 0}, {1, 0}}, {{0, 1}, {0, 0}}, {{0, 0}, {0, 1}}})
  lu.assertEquals(sg.jacobian(function(p) return p:sum() end, a).shape, {2, 2})
  lu.assertEquals(sg.jacobian(function(p) return p[{{1, 0}}] end, x).shape, {0, 3})
end

function TestMatrices:test_lists()
  local J = sg.jacobian(product, {a, b})
  lu.assertEquals({#J, #J[1], #J[2]}, {2, 2, 2})
  lu.assertEquals(values(J[1][2]), {{1, 2}, {3, 4}})
  lu.assertEquals(values(J[2][1]), {{1, 1}, {1, 1}})
  lu.assertEquals(values(J[2][2]), {0, 0})
  local H = sg.hessian(function(p, q) return (p * q):sum() end, {x, x})
  lu.assertEquals({values(H[1][1]), values(H[1][2])}, {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}})
end

-- The Hessian is the Jacobian of the gradient: two ways to the same numbers, which differ by rounding alone (some
-- 1e-16 for values near 1).
function TestMatrices:test_agree_with_each_other()
  sg.manual_seed(5)
  local w, p = sg.randn(4, 3, {dtype = "f64"}), sg.randn(3, {dtype = "f64"})
  local function f(q) return w:matmul(q):tanh():square():sum() end
  local hessian = sg.hessian(f, p)
  lu.assertTrue(hessian:allclose(hessian:t(), {rtol = 0, atol = 1e-14}))
  for i = 1, 3 do
    local unit = sg.zeros(3, {dtype = "f64"})
    unit[i] = 1
    local _, column = sg.hvp(f, p, unit)
    lu.assertTrue(column:allclose(hessian[i], {rtol = 0, atol = 1e-14}))
    local _, change = sg.jvp(f, p, unit)
    local _, gradient = sg.vjp(f, p)
    lu.assertAlmostEquals(change:item(), gradient[i]:item(), 1e-14)
  end
end

TestOptions = {}

function TestOptions:test_create_graph()
  local w = sg.tensor({2, 3}, {dtype = "f64", requires_grad = true})
  sg.jacobian(function(p) return p ^ 3 end, w, {create_graph = true}):sum():backward()
  lu.assertEquals(values(w.grad), {12, 18})
  w.grad = nil
  local _, change = sg.jvp(function(p) return p ^ 3 end, w, f64 {1, 2}, {create_graph = true})
  change:sum():backward()
  lu.assertEquals(values(w.grad), {12, 36})
  w.grad = nil
  sg.hessian(function(p) return (p ^ 4):sum() end, w, {create_graph = true}):sum():backward()
  lu.assertEquals(values(w.grad), {48, 72})
end

function TestOptions:test_leaves_gradients_and_the_input_alone()
  local w = sg.tensor({2, 3}, {dtype = "f64", requires_grad = true})
  local J = sg.no_grad(function() return sg.jacobian(square, w) end)
  lu.assertEquals(values(J), {{4, 0}, {0, 6}})
  lu.assertNil(w.grad)
  lu.assertTrue(w.requires_grad)
end

function TestOptions:test_strict()
  local function constant() return f64 {1, 2} end
  lu.assertEquals(values(sg.jacobian(constant, x)), {{0, 0, 0}, {0, 0, 0}})
  refused("output 1 does not depend on the inputs", sg.jacobian, constant, x, {strict = true})
  refused("do not depend on inputs[2]", sg.jacobian, function(p) return p end, {x, x}, {strict = true})
  lu.assertEquals(values(select(2, sg.jvp(constant, x, direction))), {0, 0})
  lu.assertEquals(values(sg.hessian(function(p) return p:sum() end, x)), {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}})
end

function TestOptions:test_refused()
  refused("hessian: the function returned a tensor [3], expected one tensor of a single", sg.hessian, square, x)
  refused("jacobian: the function returned nothing", sg.jacobian, function() end, x)
  refused("jacobian: result 1 of the function is 3", sg.jacobian, function() return 3 end, x)
  refused("jacobian: inputs[1] has dtype i64", sg.jacobian, square, sg.tensor({1, 2}, {dtype = "i64"}))
  refused("vjp: inputs is 1, expected a list", sg.vjp, square, 1)
  refused("vjp: inputs is an empty list", sg.vjp, square, {})
  refused("vjp: v[1] is f64 [2], expected f64 [3]", sg.vjp, square, x, f64 {1, 2})
  refused("jvp: v has 2 tensors, expected 1", sg.jvp, square, x, {x, x})
  refused("did you mean 'create_graph'?", sg.hvp, cube_sum, x, x, {creategraph = true})
  refused("jacobian: strict is 1, expected true or false", sg.jacobian, square, x, {strict = 1})
  refused("unexpected argument 4", sg.hessian, cube_sum, x, {}, 4)
end

os.exit(lu.LuaUnit.run())
