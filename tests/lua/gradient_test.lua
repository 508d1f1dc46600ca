-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Differentiation from Lua: backward, grad, modes, and the checker. Exact numbers, small integers.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, leaf, wrong = support.error_of, support.leaf, support.wrong_tanh

TestBackward = {}

function TestBackward:test_gradients_accumulate_until_removed()
  local x = leaf {1, 2}
  local y = (x * x):sum()
  y:backward{retain_graph = true}
  y:backward()
  lu.assertEquals(x.grad:totable(), {4, 8})
  x.grad = nil
  lu.assertNil(x.grad)
  lu.assertStrContains(error_of(y.backward, y), "retain_graph")
end

function TestBackward:test_a_cotangent_is_needed_for_more_than_one_element()
  local x = leaf {1, 2}
  lu.assertStrContains(error_of(function() (x * 2):backward() end), "cotangent")
  local y = x * 2
  y:backward(sg.tensor({1, 10}, {dtype = "f64"}))
  lu.assertEquals(x.grad:totable(), {2, 20})
end

function TestBackward:test_a_changed_saved_value_is_noticed()
  local w = leaf {3}
  local x = sg.tensor({2}, {dtype = "f64"})
  local y = (w * x):sum()
  x:mul_(5)
  local message = error_of(function() y:backward() end)
  lu.assertStrContains(message, "mul")
  lu.assertStrContains(message, "mul_")
  lu.assertNil(w.grad)
end

function TestBackward:test_leaves_that_require_a_gradient_are_not_written_while_recording()
  local x = leaf {1}
  lu.assertStrContains(error_of(function() x:add_(1) end), "requires a gradient")
  sg.no_grad(function() x:add_(1) end)
  lu.assertEquals(x:totable(), {2})
end

TestGrad = {}

function TestGrad:test_one_and_several_inputs()
  local x, w = leaf {3}, leaf {5}
  local y = x * x * w
  local dx, dw = table.unpack(sg.grad(y, {x, w}, {retain_graph = true}))
  lu.assertEquals({dx:item(), dw:item()}, {30, 9})
  lu.assertNil(x.grad)
end

function TestGrad:test_unused_inputs()
  local x, unused = leaf {3}, leaf {4}
  lu.assertStrContains(error_of(function() sg.grad(x * 2, {x, unused}) end), "allow_unused")
  local gradients = sg.grad(x * 2, {x, unused}, {allow_unused = true})
  lu.assertEquals(gradients[1]:item(), 2)
  lu.assertFalse(gradients[2])
end

function TestGrad:test_to_the_third_order()
  local x = leaf {2}
  local first = sg.grad(x ^ 4, {x}, {create_graph = true})[1]
  local second = sg.grad(first, {x}, {create_graph = true})[1]
  local third = sg.grad(second, {x})[1]
  lu.assertEquals({first:item(), second:item(), third:item()}, {32, 48, 48})
end

TestModes = {}

function TestModes:test_no_grad_is_left_again_also_by_an_error()
  local x = leaf {1}
  lu.assertFalse(sg.no_grad(function() return (x * 2).requires_grad end))
  pcall(sg.no_grad, function() error("out") end)
  lu.assertTrue(sg.is_grad_enabled())
  lu.assertTrue(sg.no_grad(function() return sg.enable_grad(function() return (x * 2).requires_grad end) end))
end

function TestModes:test_detached_tensors_share_values_without_history()
  local x = leaf {1, 2}
  local d = (x * 2):detach()
  lu.assertFalse(d.requires_grad)
  lu.assertEquals(d:totable(), {2, 4})
end

TestChecker = {}

local function smooth(x, w) return (x * w):tanh() end

function TestChecker:test_a_right_function_passes_by_name()
  sg.manual_seed(2)
  local options = {dtype = "f64", requires_grad = true}
  local report = sg.gradcheck(smooth, {sg.randn(3, 2, options), sg.randn(2, options)},
                              {names = {"x", "w"}, order = 2})
  lu.assertTrue(report.ok)
  lu.assertEquals(report.verdict, "pass")
  lu.assertEquals(report.inputs[1].name, "x")
  lu.assertEquals(report.inputs[2].checked, 2)
  lu.assertStrContains(tostring(report), "w ")
end

function TestChecker:test_a_wrong_function_fails()
  local x = leaf {0.5, -1}
  local report = sg.gradcheck(wrong, {x})
  lu.assertFalse(report.ok)
  lu.assertEquals(report.verdict, "fail")
  lu.assertAlmostEquals(report.inputs[1].worst.analytic / report.inputs[1].worst.numeric,
                        1 / (1 - x[report.inputs[1].worst.index[1]]:tanh():item() ^ 2), 1e-6)
  lu.assertStrContains(error_of(sg.assert_gradcheck, wrong, {x}), "fail")
end

function TestChecker:test_the_functions_own_error_comes_through()
  lu.assertStrContains(error_of(sg.gradcheck, function() error("in the middle") end, {leaf {1}}), "in the middle")
end

function TestChecker:test_leaves_everything_as_it_was()
  local x = leaf {0.5, 2}
  x.grad = sg.tensor({7, 8}, {dtype = "f64"})
  sg.manual_seed(5)
  local state = sg.get_rng_state()
  sg.gradcheck(function(t) return sg.dropout(t, 0.5) end, {x})
  lu.assertEquals(sg.get_rng_state(), state)
  lu.assertEquals(x:totable(), {0.5, 2})
  lu.assertEquals(x.grad:totable(), {7, 8})
  lu.assertTrue(sg.is_grad_enabled())
end

os.exit(lu.LuaUnit.run())
