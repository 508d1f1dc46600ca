-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What is there under another name is the same function, and what is a composition gives PyTorch's values.
local lu = require "luaunit"
local sg = require "selenograd"

local x = sg.tensor({{1, 4, 9}, {16, 25, 37}}, {dtype = "f64"})

TestNames = {}

function TestNames:test_other_names()
  lu.assertEquals(x:clip(4, 20):totable(), {{4, 4, 9}, {16, 20, 20}})
  lu.assertEquals(sg.concat({x, x}, 2).shape, {2, 6})
  lu.assertEquals(x:moveaxis(1, 2).shape, {3, 2})
  lu.assertEquals(x:ravel():tolist(), {1, 4, 9, 16, 25, 37})
  for ours, theirs in pairs {sub = "subtract", mul = "multiply", div = "divide", lt = "less", ge = "greater_equal",
    ne = "not_equal", atan2 = "arctan2"} do
    lu.assertEquals(sg[theirs](x, 4):tolist(), sg[ours](x, 4):tolist(), theirs)
  end
  for ours, theirs in pairs {neg = "negative", abs = "absolute", atan = "arctan", trunc = "fix"} do
    lu.assertEquals(sg[theirs](x):tolist(), sg[ours](x):tolist(), theirs)
    lu.assertEquals(x[theirs](x):tolist(), sg[ours](x):tolist(), theirs)
  end
end

function TestNames:test_shapes_and_dtypes_of_another()
  local other = sg.ones(6, {dtype = "f32"})
  lu.assertEquals(x:view_as(other).shape, {6})
  lu.assertEquals(x:reshape_as(other).shape, {6})
  lu.assertEquals(sg.ones(1, 3):expand_as(x).shape, {2, 3})
  lu.assertEquals(x:type_as(other).dtype, "f32")
  lu.assertErrorMsgContains("type_as: other is", x.type_as, x, "f32")
end

function TestNames:test_new_tensors_have_the_dtype()
  lu.assertEquals(x:new_zeros(2, 2):tolist(), {{0, 0}, {0, 0}})
  lu.assertEquals(x:new_ones({3}).dtype, "f64")
  lu.assertEquals(sg.tensor({1}, {dtype = "i64"}):new_full({2}, 7):tolist(), {7, 7})
end

function TestNames:test_order_and_differences()
  lu.assertEquals(x:fliplr():tolist(), {{9, 4, 1}, {37, 25, 16}})
  lu.assertEquals(x:flipud():tolist(), {{16, 25, 37}, {1, 4, 9}})
  lu.assertEquals(x:diff():tolist(), {{3, 5}, {9, 12}})
  lu.assertEquals(x:diff(2):tolist(), {{2}, {3}})
  lu.assertEquals(x:diff(1, 1):tolist(), {{15, 21, 28}})
  lu.assertEquals(x:diff(0):tolist(), x:tolist())
  lu.assertEquals(x:diff(9).shape, {2, 0})
  lu.assertErrorMsgContains("diff: n", x.diff, x, -1)
  lu.assertErrorMsgContains("dimension 3", x.diff, x, 1, 3)
  local leaf = sg.tensor({1, 5, 2}, {dtype = "f64", requires_grad = true})
  sg.mul(leaf:diff(), sg.tensor({10, 100}, {dtype = "f64"})):sum():backward()
  lu.assertEquals(leaf.grad:tolist(), {-10, -90, 100})
end

function TestNames:test_elements()
  local y = sg.tensor {1 / 0, -1 / 0, 0, 0 / 0}
  lu.assertEquals(y:isposinf():tolist(), {true, false, false, false})
  lu.assertEquals(y:isneginf():tolist(), {false, true, false, false})
  lu.assertAlmostEquals(sg.tensor(180, {dtype = "f64"}):deg2rad():item(), math.pi, 1e-15)
  lu.assertAlmostEquals(sg.tensor(math.pi, {dtype = "f64"}):rad2deg():item(), 180, 1e-13)
end

os.exit(lu.LuaUnit.run())
