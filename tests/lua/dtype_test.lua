-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- bool and u8: making, printing, converting, moving and refusing.
local lu = require "luaunit"
local sg = require "selenograd"

local function error_of(f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  return tostring(message)
end

TestBool = {}

function TestBool:test_tensors_of_booleans()
  local x = sg.tensor {{true, false}, {false, true}}
  lu.assertEquals(x.dtype, "bool")
  lu.assertEquals(x:totable(), {{true, false}, {false, true}})
  lu.assertEquals(x[1][1]:item(), true)
  lu.assertStrContains(tostring(x), "true, false")
  lu.assertEquals(sg.zeros(2, {dtype = "bool"}):totable(), {false, false})
  lu.assertEquals(sg.tensor({1, 0, -3}, {dtype = "bool"}):totable(), {true, false, true})
  lu.assertEquals(sg.tensor({true, false}, {dtype = "f64"}):totable(), {1, 0})
end

function TestBool:test_numbers_and_booleans_do_not_mix()
  lu.assertStrContains(error_of(sg.tensor, {true, 2}), "element [2] is the number 2, expected true or false")
  lu.assertStrContains(error_of(sg.tensor, {2, true}), "element [2] is true, expected a number")
  lu.assertStrContains(error_of(sg.tensor, {true}, {requires_grad = true}), "dtype bool cannot require a gradient")
end

function TestBool:test_conversions()
  local x = sg.tensor {0.5, 0, -0.0, 0 / 0}
  lu.assertEquals(x:to("bool"):totable(), {true, false, false, true})
  lu.assertEquals(x:to("bool"):to("f32"):totable(), {1, 0, 0, 1})
  lu.assertEquals(x:to("bool"):to("i64"):totable(), {1, 0, 0, 1})
end

function TestBool:test_elements_are_written()
  local x = sg.zeros(3, {dtype = "bool"})
  x[2] = true
  x[3] = 1
  lu.assertEquals(x:totable(), {false, true, true})
  x:fill_(true)
  lu.assertEquals(x:totable(), {true, true, true})
end

TestBytes = {}

function TestBytes:test_range()
  lu.assertEquals(sg.tensor({0, 255}, {dtype = "u8"}):totable(), {0, 255})
  lu.assertStrContains(error_of(sg.tensor, {256}, {dtype = "u8"}), "for dtype u8")
  lu.assertStrContains(error_of(sg.full, {2}, -1, {dtype = "u8"}), "a u8 tensor cannot hold the value -1")
  lu.assertStrContains(error_of(function() return sg.tensor({1, 300}):to("u8") end),
    "x holds 300 (element 2), which no u8")
  lu.assertStrContains(error_of(function() sg.zeros(1, {dtype = "u8"})[1] = 1.5 end), "1.5, which no u8 can be")
  lu.assertEquals(sg.tensor({254.9}):to("u8"):item(), 254)
end

function TestBytes:test_floats_become_bytes_and_come_back()
  local x = sg.arange(0, 256):to("u8")
  lu.assertEquals(x:to("f32"):totable(), sg.arange(0, 256):totable())
end

-- Elements of one byte are moved like those of four and eight.
TestMoves = {}

function TestMoves:test_every_move_is_that_of_numbers()
  local numbers = (sg.arange(0, 60) * 4):reshape(3, 4, 5)
  local index = sg.tensor({3, 1}, {dtype = "i64"})
  local moves = {
    permute = function(x) return x:permute(3, 1, 2) end,
    transpose = function(x) return x:transpose(1, 3) end,
    cat = function(x) return sg.cat({x, x}, 2) end,
    stack = function(x) return sg.stack({x, x}, 3) end,
    expand = function(x) return x:reshape(1, 3, 4, 5):expand(2, 3, 4, 5) end,
    index_select = function(x) return x:index_select(2, index) end,
    gather = function(x) return x:gather(3, sg.tensor({{{1, 5}}}, {dtype = "i64"})) end,
    large = function(x) return x:expand(40, 3, 4, 5):permute(4, 3, 2, 1) end,
  }
  for name, move in pairs(moves) do
    local ok, expected = pcall(move, numbers)
    if not ok then lu.fail(name .. ": " .. tostring(expected)) end
    for _, dtype in ipairs {"u8", "i64", "f64"} do
      lu.assertEquals(move(numbers:to(dtype)):to("f32"):totable(), expected:totable(), name .. " of " .. dtype)
    end
  end
end

-- What is asked of elements is answered with bools.
TestQuestions = {}

function TestQuestions:test_comparisons_take_any_dtype_and_give_bools()
  local values = {f32 = {1, 3}, f64 = {1, 3}, i64 = {1, 3}, u8 = {1, 3}, bool = {false, true}}
  for dtype, list in pairs(values) do
    local x = sg.tensor(list, {dtype = dtype})
    for name, expected in pairs {eq = {true, false}, ne = {false, true}, lt = {false, false}, le = {true, false},
      gt = {false, true}, ge = {true, true}} do
      local y = sg[name](x, x[1])
      lu.assertEquals({y.dtype, y:totable()}, {"bool", expected}, name .. " of " .. dtype)
    end
  end
end

-- 2^53 and 2^53 + 1 are one number in f64, and an f64 is what integers become beside one.
function TestQuestions:test_integers_are_compared_exactly()
  local large = sg.tensor({1 << 53, (1 << 53) + 1}, {dtype = "i64"})
  lu.assertEquals(large:eq((1 << 53) + 1):totable(), {false, true})
  lu.assertEquals(large:eq(sg.full({2}, 2.0 ^ 53, {dtype = "f64"})):totable(), {true, true})
end

function TestQuestions:test_numbers_beside_bytes_and_bools()
  local image = sg.tensor({0, 128, 255}, {dtype = "u8"})
  lu.assertEquals(image:ge(128):totable(), {false, true, true})
  lu.assertEquals(image:lt(1000):totable(), {true, true, true})
  lu.assertEquals(image:gt(-1):totable(), {true, true, true})
  lu.assertEquals(sg.tensor({true, false}):eq(true):totable(), {true, false})
  lu.assertEquals(sg.tensor({true, false}):lt(2):totable(), {true, true})
end

function TestQuestions:test_logic()
  local a, b = sg.tensor {0, 0, 2, 0 / 0}, sg.tensor {true, false, true, false}
  lu.assertEquals(a:logical_and(b):totable(), {false, false, true, false})
  lu.assertEquals(a:logical_or(b):totable(), {true, false, true, true})
  lu.assertEquals(a:logical_xor(b):totable(), {true, false, false, true})
  lu.assertEquals(a:logical_not():totable(), {true, true, false, false})
end

function TestQuestions:test_what_is_no_number()
  local x = sg.tensor {1, 0 / 0, math.huge, -math.huge}
  lu.assertEquals(x:isnan():totable(), {false, true, false, false})
  lu.assertEquals(x:isinf():totable(), {false, false, true, true})
  lu.assertEquals(x:isfinite():totable(), {true, false, false, false})
  lu.assertEquals(sg.tensor({1, 2}, {dtype = "i64"}):isfinite():totable(), {true, true})
end

function TestQuestions:test_bools_have_no_gradient()
  local x = sg.tensor({1, -2}, {requires_grad = true})
  lu.assertFalse(x:gt(0).requires_grad)
  local y = x * x:gt(0)
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {1, 0})
  lu.assertStrContains(error_of(function() x:gt(0):backward(sg.ones(2)) end), "has no graph")
end

TestChoice = {}

function TestChoice:test_dtypes_meet()
  local mask = sg.tensor {true, false}
  local x, n = sg.tensor {0.5, 1.5}, sg.tensor({3, 4}, {dtype = "i64"})
  local image = sg.tensor({7, 8}, {dtype = "u8"})
  for _, case in ipairs {
    {x, n, "f32", {0.5, 4}}, {n, x, "f32", {3, 1.5}}, {mask, x, "f32", {1, 1.5}}, {n, image, "i64", {3, 8}},
    {mask, image, "u8", {1, 8}}, {mask, mask, "bool", {true, false}}, {image, 9, "u8", {7, 9}},
    {image, 300, "i64", {7, 300}}, {mask, true, "bool", {true, true}}, {mask, 2, "i64", {1, 2}},
    {x, 2, "f32", {0.5, 2}}, {1, 0, "i64", {1, 0}}, {1.0, 0, "f32", {1, 0}}, {1.5, -2, "f32", {1.5, -2}},
    {true, false, "bool", {true, false}},
  } do
    local y = sg.where(mask, case[1], case[2])
    lu.assertEquals({y.dtype, y:totable()}, {case[3], case[4]})
  end
  lu.assertStrContains(error_of(sg.where, mask, x, x:to("f64")), "b has dtype f64")
  lu.assertStrContains(error_of(sg.where, mask, n, 0.5), "b is the number 0.5, expected an integer")
end

function TestChoice:test_masked_fill()
  local x = sg.tensor({{1, 2}, {3, 4}}, {requires_grad = true})
  local y = x:masked_fill(sg.tensor {true, false}, -math.huge)
  lu.assertEquals(y:totable(), {{-math.huge, 2}, {-math.huge, 4}})
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {{0, 1}, {0, 1}})
  lu.assertEquals(sg.tensor({1, 2}, {dtype = "u8"}):masked_fill(sg.tensor {true, false}, 9):totable(), {9, 2})
  lu.assertEquals(sg.tensor({true, true}):masked_fill(sg.tensor {true, false}, false):totable(), {false, true})
  lu.assertStrContains(error_of(sg.masked_fill, sg.tensor({1, 2}, {dtype = "i64"}), sg.tensor {true, false}, 0.5),
    "value is the number 0.5, expected an integer like the tensors; convert them")
  lu.assertEquals(x:detach():masked_fill_(x:gt(2), 0):totable(), {{1, 2}, {0, 0}})
end

TestReductions = {}

function TestReductions:test_sums_and_counts()
  local hits = sg.tensor({1, 2, 3}, {dtype = "i64"}):eq(sg.tensor({1, 5, 3}, {dtype = "i64"}))
  lu.assertEquals({hits:sum().dtype, hits:sum():item()}, {"i64", 2})
  lu.assertEquals(hits:to("f32"):mean():item(), sg.tensor(2 / 3):item())
  lu.assertStrContains(error_of(sg.mean, hits), "mean: x has dtype bool, expected f32 or f64; convert it with to()")
  local x = sg.tensor {{0, 2, 0 / 0}, {0, 0, 0}}
  lu.assertEquals({x:any():item(), x:all():item(), x:count_nonzero():item()}, {true, false, 2})
  lu.assertEquals(x:any(2):totable(), {true, false})
  lu.assertEquals(x:all(1, true):totable(), {{false, false, false}})
  lu.assertEquals(x:count_nonzero({dim = 2}):totable(), {2, 0})
  lu.assertEquals({sg.zeros(0):any():item(), sg.zeros(0):all():item()}, {false, true})
end

-- A mean of what a mask marks.
function TestReductions:test_dividing_by_a_count()
  local x = sg.tensor({1, 2, 6}, {dtype = "f64", requires_grad = true})
  local mask = x:gt(1.5)
  local mean = (x * mask):sum() / mask:sum()
  lu.assertEquals({mean.dtype, mean:item()}, {"f64", 4})
  mean:backward()
  lu.assertEquals(x.grad:totable(), {0, 0.5, 0.5})
end

function TestReductions:test_extremes_keep_the_dtype()
  for dtype, list in pairs {i64 = {(1 << 53) + 1, 1 << 53, -7}, u8 = {200, 100, 3}} do
    local x = sg.tensor(list, {dtype = dtype})
    lu.assertEquals({x:amax().dtype, x:amax():item(), x:amin():item()}, {dtype, list[1], list[3]})
    local value, position = x:max(1)
    lu.assertEquals({value:item(), position:item(), x:argmin():item()}, {list[1], 1, 3})
  end
  lu.assertEquals(sg.tensor({false, true}):amax():item(), true)
  lu.assertEquals(sg.tensor({false, true}):argmax():item(), 2)
end

TestMasks = {}

function TestMasks:test_indexing_by_a_mask()
  local x = sg.tensor({{1, 2}, {3, 4}, {5, 6}}, {requires_grad = true})
  local mask = sg.tensor {true, false, true}
  lu.assertEquals(x[mask]:totable(), {{1, 2}, {5, 6}})
  local above = x[x:gt(2)]
  lu.assertEquals(above:totable(), {3, 4, 5, 6})
  above:square():sum():backward()
  lu.assertEquals(x.grad:totable(), {{0, 0}, {6, 8}, {10, 12}})
  lu.assertEquals(x[sg.tensor {false, false, false}].shape, {0, 2})
  lu.assertEquals(mask[mask]:totable(), {true, true})
  lu.assertStrContains(error_of(function() return x[sg.tensor {true, false}] end),
    "index: index 1 is a mask of shape [2], expected the dimensions of x [3, 2] from 1 on")
  lu.assertStrContains(error_of(function() return x[sg.tensor {1, 0, 1}] end),
    "index: the key is a tensor of dtype f32, expected a mask of dtype bool")
end

-- Where integers and bools are numbers.
TestArithmetic = {}

function TestArithmetic:test_integers()
  local a, b = sg.tensor({7, -2}, {dtype = "i64"}), sg.tensor({2, 2}, {dtype = "i64"})
  for name, expected in pairs {add = {9, 0}, sub = {5, -4}, mul = {14, -4}, maximum = {7, 2}, minimum = {2, -2}} do
    local y = sg[name](a, b)
    lu.assertEquals({y.dtype, y:totable()}, {"i64", expected}, name)
  end
  lu.assertEquals((-a):abs():square():totable(), {49, 4})
  lu.assertEquals((a + 1):totable(), {8, -1})
  lu.assertEquals((a * math.maxinteger):totable(), {7 * math.maxinteger, -2 * math.maxinteger})
  lu.assertEquals(a:gt(b):totable(), {true, false})
end

function TestArithmetic:test_beside_floating_tensors()
  local x = sg.tensor({0.5, 2}, {dtype = "f64", requires_grad = true})
  local mask, count = sg.tensor {true, false}, sg.tensor({3, 4}, {dtype = "i64"})
  local y = x * mask + count
  lu.assertEquals({y.dtype, y:totable()}, {"f64", {3.5, 4}})
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {1, 0})
  lu.assertEquals(sg.where(mask, x, 0):totable(), {0.5, 0})
end

-- A number beside booleans need not be one.
function TestArithmetic:test_booleans_alone_are_integers()
  local mask = sg.tensor {true, false}
  local y = mask * 2 + mask
  lu.assertEquals({y.dtype, y:totable()}, {"i64", {3, 0}})
  -- Bools are no numbers yet: they become what the number beside them is written as, f32 or an integer.
  for _, case in ipairs {{mask * 0.5, "f32"}, {2.0 * mask, "f32"}, {1 - mask, "i64"}, {mask * 2, "i64"}} do
    lu.assertEquals(case[1].dtype, case[2])
  end
  lu.assertEquals((mask * 0.5):totable(), {0.5, 0})
  lu.assertStrContains(error_of(function() return sg.tensor({1, 2}, {dtype = "i64"}) * 0.5 end), "0.5")
  lu.assertStrContains(error_of(mask.mul_, mask, 0.5), "f32")
end

function TestArithmetic:test_what_needs_floating_numbers_says_so()
  local a = sg.tensor({1, 2}, {dtype = "i64"})
  lu.assertStrContains(error_of(sg.exp, a), "x has dtype i64, expected f32 or f64")
  lu.assertStrContains(error_of(sg.div, a, a), "expected f32 or f64, and integers or bools only beside")
end

os.exit(lu.LuaUnit.run())
