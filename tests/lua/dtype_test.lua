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
  lu.assertStrContains(error_of(sg.tensor, {256}, {dtype = "u8"}), "expected an integer for dtype u8")
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
  lu.assertEquals(a:gt(b):totable(), {1, 0})
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
  lu.assertStrContains(error_of(function() return mask * 0.5 end), "0.5")
end

function TestArithmetic:test_what_needs_floating_numbers_says_so()
  local a = sg.tensor({1, 2}, {dtype = "i64"})
  lu.assertStrContains(error_of(sg.exp, a), "x has dtype i64, expected f32 or f64")
  lu.assertStrContains(error_of(sg.div, a, a), "a has dtype i64, expected f32 or f64")
end

os.exit(lu.LuaUnit.run())
