-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- x[{...}] with several index tensors, masks, ranges and numbers in one key: what is taken, where it stands, its
-- gradient, and what is written. Expected values were worked out by hand after PyTorch's rules.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require "support".error_of

local function integers(t) return sg.tensor(t, {dtype = "i64"}) end

-- Elements are 100 d1 + 10 d2 + d3.
local function numbered()
  return (100 * sg.arange(1, 3):reshape(2, 1, 1) + 10 * sg.arange(1, 4):reshape(3, 1) + sg.arange(1, 5)):double()
end

TestTaking = {}

function TestTaking:test_tensors_broadcast()
  local x = numbered()
  lu.assertEquals(x[{integers {1, 2}, integers {2, 3}}]:totable(), {{121, 122, 123, 124}, {231, 232, 233, 234}})
  lu.assertEquals(x[{integers {1, 2}, integers {2, 3}, integers {4, 1}}]:totable(), {124, 231})
  lu.assertEquals(x[{integers {{1}, {2}}, integers {1, 3}, 2}]:totable(), {{112, 132}, {212, 232}})
  lu.assertEquals(x[{integers(2), integers {1, 3}, integers {1, 1}}]:totable(), {211, 231})
end

function TestTaking:test_their_shape_stands_in_their_place()
  local x = numbered()
  lu.assertEquals(x[{{}, integers {3, 1}}].shape, {2, 2, 4})
  lu.assertEquals(x[{{}, integers {3, 1}, integers {1, 4}}]:totable(), {{131, 114}, {231, 214}})
  lu.assertEquals(x[{{}, integers {{3, 1}}, {2, 3}}].shape, {2, 1, 2, 2})
  lu.assertEquals(x[{2, {}, integers {1, 4}}]:totable(), {{211, 214}, {221, 224}, {231, 234}})
  lu.assertEquals(x[{integers {2}, 1, integers {3, 4}}]:totable(), {213, 214})
  lu.assertEquals(x[{{1, 1}, integers {3}}]:totable(), {{{131, 132, 133, 134}}})
end

function TestTaking:test_apart_it_stands_in_front()
  local x = numbered()
  lu.assertEquals(x[{integers {1, 2}, {}, integers {2, 3}}]:totable(), {{112, 122, 132}, {213, 223, 233}})
  lu.assertEquals(x[{integers {1, 2, 2}, {1, 3, 2}, integers {4}}]:totable(), {{114, 134}, {214, 234}, {214, 234}})
end

function TestTaking:test_masks()
  local x, mask = numbered(), sg.tensor {true, false, true}
  lu.assertEquals(x[{{}, mask}].shape, {2, 2, 4})
  lu.assertEquals(x[{integers {1, 2}, mask}]:totable(), {{111, 112, 113, 114}, {231, 232, 233, 234}})
  lu.assertEquals(x[{2, mask, {2, 3}}]:totable(), {{212, 213}, {232, 233}})
  local plane = x:gt(120):sum({dim = 3}):eq(4)
  lu.assertEquals(x[{plane, integers {1}}]:totable(), {121, 131, 211, 221, 231})
end

function TestTaking:test_nothing()
  local x = numbered()
  lu.assertEquals(x[{integers {}, integers {}}].shape, {0, 4})
  lu.assertEquals(x[{{}, sg.tensor {false, false, false}}].shape, {2, 0, 4})
end

function TestTaking:test_gradients()
  local rows, columns = integers {1, 2, 1}, integers {4, 2, 4}
  local x = sg.randn(3, 4, 2, {dtype = "f64", requires_grad = true})
  sg.assert_gradcheck(function(x) return x[{rows, columns}]:square() end, {x}, {order = 2})
  sg.assert_gradcheck(function(x) return x[{rows, {2, 4}, integers {1, 2, 1}}]:square() end, {x}, {order = 2})
  x[{rows, columns, 1}]:sum():backward()
  lu.assertEquals(x.grad[{1, 4, 1}]:item(), 2)
  lu.assertEquals(x.grad:sum():item(), 3)
end

function TestTaking:test_what_is_refused()
  local x = numbered()
  local function refused(key, ...)
    local message = error_of(function() return x[key] end)
    for _, part in ipairs {...} do lu.assertStrContains(message, part) end
  end
  refused({integers {1}, integers {5}}, "index 2 holds 5 (element 1), expected 1..3 (dimension 2 of x [2, 3, 4])")
  refused({integers {0}, integers {1}}, "index 1 holds 0")
  refused({integers {1}, integers {1}, integers {1}, integers {1}}, "4 positions for a tensor of shape [2, 3, 4]")
  refused({integers {1, 2}, integers {1, 2, 1}}, "dimension 2 have shape [3], which does not broadcast with [2]")
  refused({sg.tensor {true, false, true}, 1},
    "the mask has shape [3], expected the dimensions of [2, 3, 4] from 1 on")
  refused({1, 1, sg.ones(4, 1):gt(0)}, "4 positions for a tensor of shape [2, 3, 4]")
  refused({sg.tensor {1, 2}, 1}, "the key is a tensor of dtype f32")
  refused({sg.tensor(true), 1}, "a mask among other keys has no dimensions")
end

TestWriting = {}

function TestWriting:test_what_is_taken_is_written()
  local keys = {
    {integers {1, 2}, integers {2, 3}}, {integers {1, 2}, integers {2, 3}, integers {4, 1}},
    {integers {{1}, {2}}, integers {1, 3}, 2}, {{}, integers {3, 1}, integers {1, 4}},
    {{}, integers {3, 1}, {2, 3}}, {2, {}, integers {1, 4}}, {integers {1, 2}, {}, integers {2, 3}},
    {integers {1, 2}, {1, 3, 2}, integers {4, 2}}, {{}, sg.tensor {true, false, true}},
    {2, sg.tensor {true, false, true}, {2, 3}}, {integers {2}, 1, integers {3, 4}},
  }
  for _, key in ipairs(keys) do
    local x, taken = sg.zeros(2, 3, 4, {dtype = "f64"}), numbered()[key]
    x[key] = taken
    lu.assertEquals(x[key]:totable(), taken:totable())
    lu.assertEquals(x:count_nonzero():item(), taken:numel())
    x[key] = 7
    lu.assertEquals(x:sum():item(), 7 * taken:numel())
  end
end

function TestWriting:test_values_broadcast_and_are_converted()
  local x = sg.zeros(2, 3, {dtype = "i64"})
  x[{integers {1, 2}, integers {3, 1}}] = sg.tensor {4.0, 5.0}
  lu.assertEquals(x:totable(), {{0, 0, 4}, {5, 0, 0}})
  x[{{}, integers {2, 1}}] = integers {8, 9}
  lu.assertEquals(x:totable(), {{9, 8, 4}, {9, 8, 0}})
  x[{integers {1, 1}, integers {1, 1}}] = integers {1, 2} -- the last one stays
  lu.assertEquals(x:totable(), {{2, 8, 4}, {9, 8, 0}})
  lu.assertStrContains(error_of(function() x[{integers {1, 2}, {1, 2}}] = sg.ones(3) end), "does not broadcast")
  lu.assertStrContains(error_of(function() x[{integers {1, 2}, integers {1, 4}}] = 1 end), "index 2 holds 4")
  lu.assertEquals(x:totable(), {{2, 8, 4}, {9, 8, 0}})
end

TestCounts = {}

function TestCounts:test_repeats_of_a_tensor()
  local x = sg.tensor({{1, 2}, {3, 4}}, {requires_grad = true})
  local y = x:repeat_interleave(integers {2, 1}, 1)
  lu.assertEquals(y:totable(), {{1, 2}, {1, 2}, {3, 4}})
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {{2, 2}, {1, 1}})
  lu.assertEquals(x:repeat_interleave(integers(2), 2):totable(), {{1, 1, 2, 2}, {3, 3, 4, 4}})
  local fractions = sg.tensor {2, 1}
  lu.assertStrContains(error_of(sg.repeat_interleave, x, fractions, 1), "repeats has dtype f32, expected i64")
  lu.assertStrContains(error_of(sg.repeat_interleave, x, integers {{2, 1}}, 1), "repeats has shape [1, 2]")
  lu.assertStrContains(error_of(sg.repeat_interleave, x, integers {2, -1}, 1), "repeats is -1")
end

function TestCounts:test_classes_are_counted()
  lu.assertEquals(sg.one_hot(integers {2, 1, 3}):totable(), {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}})
  lu.assertEquals(sg.one_hot(integers {2, 1}, 3):totable(), {{0, 1, 0}, {1, 0, 0}})
  lu.assertStrContains(error_of(sg.one_hot, integers {1, 0}), "expected labels from 1 on")
  lu.assertStrContains(error_of(sg.one_hot, integers {}), "num_classes is missing")
end

function TestCounts:test_bags()
  local weight = sg.tensor({{1, 2}, {3, 4}, {5, 0}}, {requires_grad = true})
  local input, offsets = integers {1, 2, 3, 3}, integers {1, 3, 3}
  lu.assertEquals(sg.embedding_bag(input, weight, offsets):totable(), {{2, 3}, {0, 0}, {5, 0}})
  lu.assertEquals(sg.embedding_bag(input, weight, offsets, {mode = "max"}):totable(), {{3, 4}, {0, 0}, {5, 0}})
  local shares = sg.tensor({1, 2, 3, 4}, {requires_grad = true})
  local y = sg.embedding_bag(input, weight, offsets, shares, {mode = "sum"})
  lu.assertEquals(y:totable(), {{7, 10}, {0, 0}, {35, 0}})
  y:sum():backward()
  lu.assertEquals(weight.grad:totable(), {{1, 1}, {2, 2}, {7, 7}})
  lu.assertEquals(shares.grad:totable(), {3, 7, 5, 5})
end

os.exit(lu.LuaUnit.run())
