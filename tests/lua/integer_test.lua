-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Integers and sequences: what i64 keeps exactly and what it refuses, by whatever way a value comes; arange and
-- linspace to the last bit.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of, plain = support.error_of, support.plain

local i64, f32, f64 = {dtype = "i64"}, {dtype = "f32"}, {dtype = "f64"}
local big = (1 << 53) + 1 -- no double holds it
local inf, nan = math.huge, 0 / 0

-- Every way to make [big] out of an integer.
local makers = {
  tensor = function() return sg.tensor({big}, i64) end,
  full = function() return sg.full({1}, big, i64) end,
  full_like = function() return sg.full_like(sg.zeros(1, i64), big) end,
  arange = function() return sg.arange(big, big + 1, i64) end,
  linspace = function() return sg.linspace(big, big + 4, 5, i64)[{ {1, 1} }] end,
  randint = function() return sg.randint(big, big + 1, {1}) end,
  ["fill_"] = function() return sg.zeros(1, i64):fill_(big) end,
  ["x[i] = number"] = function() local x = sg.zeros(1, i64) x[1] = big return x end,
  ["x[i] = tensor"] = function() local x = sg.zeros(1, i64) x[1] = sg.tensor(big, i64) return x end,
  ["copy_"] = function() return sg.zeros(1, i64):copy_(sg.tensor({big}, i64)) end,
  json = function() return sg.tensor(sg.json.decode(sg.json.encode({big})), i64) end,
  ["state_dict"] = function()
    local from, to = sg.nn.Module(), sg.nn.Module()
    from:register_buffer("n", sg.tensor({big}, i64))
    to:register_buffer("n", sg.zeros(1, i64))
    to:load_state_dict(from:state_dict())
    return to.n
  end,
}

-- Every way from a tensor to a tensor of the same elements.
local ways = {
  clone = function(x) return x:clone() end,
  detach = function(x) return x:detach() end,
  to = function(x) return x:to("i64") end,
  reshape = function(x) return x:reshape(1, 1)[1] end,
  index = function(x) return sg.cat({x, x})[2]:reshape(1) end,
  range = function(x) return sg.cat({x, x})[{ {2, 2} }] end,
  cat = function(x) return sg.cat({x, sg.zeros(1, i64)})[{ {1, 1} }] end,
  stack = function(x) return sg.stack({sg.zeros(1, i64), x})[2] end,
  gather = function(x) return sg.gather(x, sg.tensor({1}, i64), 1) end,
  index_select = function(x) return sg.index_select(x, sg.tensor({1}, i64), 1) end,
  expand = function(x) return x:expand(3, 1)[3] end,
  transpose = function(x) return x:reshape(1, 1).T[1] end,
  squeeze = function(x) return x:unsqueeze(1):squeeze(1) end,
  embed = function(x) return sg.embed(x, {shape = {3}, start = {2}, stop = {2}})[{ {2, 2} }] end,
}

-- What leaves a tensor as a Lua value.
local readers = {
  item = function(x) return x:item() end,
  totable = function(x) return x:totable()[1] end,
  tostring = function(x) return math.tointeger(tostring(x):match("%-?%d%d+")) end,
}

TestIntegers = {}

function TestIntegers:test_are_exact_by_every_way()
  for made, make in pairs(makers) do
    for read, reader in pairs(readers) do lu.assertEquals(reader(make()), big, made .. ", " .. read) end
  end
  for name, way in pairs(ways) do
    for _, value in ipairs {big, -big, math.maxinteger, math.mininteger} do
      lu.assertEquals(way(sg.tensor({value}, i64)):item(), value, name)
    end
  end
end

local refusals = {
  tensor = function(v) return sg.tensor({v}, i64) end,
  full = function(v) return sg.full({1}, v, i64) end,
  full_like = function(v) return sg.full_like(sg.zeros(1, i64), v) end,
  arange = function(v) return sg.arange(v, v + math.abs(v), math.abs(v), i64) end,
  linspace = function(v) return sg.linspace(v, v, 3, i64) end,
  randint = function(v) return sg.randint(0, v, {1}) end,
  ["fill_"] = function(v) return sg.zeros(1, i64):fill_(v) end,
  ["x[i] = number"] = function(v) sg.zeros(1, i64)[1] = v end,
  ["an index"] = function(v) return sg.gather(sg.ones(1), sg.zeros(1, i64):fill_(v), 1) end,
}
local conversions = {
  to = function(x) return x:to("i64") end,
  op = function(x) return sg.to(x, "i64") end,
  ["copy_"] = function(x) return sg.zeros(1, i64):copy_(x) end,
  ["x[i] = tensor"] = function(x) sg.zeros(1, i64)[1] = x:reshape({}) end,
}

function TestIntegers:test_refuse_what_they_cannot_be()
  for _, value in ipairs {nan, inf, -inf, 1e30, -1e30, 2.0 ^ 63} do
    for name, make in pairs(refusals) do
      lu.assertFalse(pcall(make, value), name .. " took " .. value)
    end
    for name, convert in pairs(conversions) do
      for _, options in ipairs {f32, f64} do
        local message = error_of(convert, sg.tensor({value}, options))
        lu.assertStrContains(message, "(element 1), which no i64 can be", false, name)
      end
    end
  end
  for name, make in pairs(refusals) do lu.assertFalse(pcall(make, 2.5), name .. " took 2.5") end
end

function TestIntegers:test_nothing_is_written_where_one_element_is_refused()
  local x = sg.tensor({7, 7}, i64)
  local message = error_of(function() x:copy_(plain {1, nan}) end)
  lu.assertStrContains(message, "copy_: source holds nan (element 2), which no i64 can be")
  message = error_of(function() x[{ {} }] = plain {1, inf} end)
  lu.assertStrContains(message, "index: the value holds inf (element 2), which no i64 can be")
  lu.assertStrContains(error_of(sg.full, {2}, 2.5, i64), "an i64 tensor cannot hold the value 2.5")
  lu.assertStrContains(error_of(x.fill_, x, 2.5), "fill_: value is the number 2.5, expected an integer")
  lu.assertStrContains(error_of(x.fill_, x, inf), "fill_: value is the number inf, expected an integer")
  lu.assertStrContains(error_of(sg.add, x, 2.5), "add: b is the number 2.5, expected an integer like the tensors")
  lu.assertStrContains(error_of(x.mul_, x, inf),
    "mul_: other is the number inf, expected an integer like the tensors")
  lu.assertEquals(x:totable(), {7, 7})
end

function TestIntegers:test_conversion_is_towards_zero()
  for name, convert in pairs {to = conversions.to, copy = function(x) return sg.zeros(4, i64):copy_(x) end,
    assigned = function(x) local y = sg.zeros(4, i64) y[{ {} }] = x return y end} do
    lu.assertEquals(convert(plain {1.75, -1.75, -0.0, -2.0 ^ 63}):totable(), {1, -1, 0, math.mininteger}, name)
  end
end

function TestIntegers:test_whole_floats_are_integers()
  for _, value in ipairs {3.0, -0.0, 2.0 ^ 60, -2.0 ^ 63} do
    local integer = math.tointeger(value)
    lu.assertEquals(sg.tensor({value}, i64):item(), integer)
    lu.assertEquals(sg.full({1}, value, i64):item(), integer)
    lu.assertEquals(sg.zeros(1, i64):fill_(value):item(), integer)
    lu.assertEquals(sg.arange(value, value + 4096, i64)[1]:item(), integer)
    local x = sg.ones(1, i64)
    x[1] = value
    lu.assertEquals(x:item(), integer)
  end
end

-- 2^54 + 2^30 + 1 lies just above the middle between two neighbours in f32, and in f64 it is that middle.
function TestIntegers:test_become_floats_with_one_rounding()
  local value, up = (1 << 54) + (1 << 30) + 1, 2.0 ^ 54 + 2.0 ^ 31
  local x = sg.zeros(1)
  x[1] = value
  for name, made in pairs {
    tensor = sg.tensor({value}), full = sg.full({1}, value), fill = sg.zeros(1):fill_(value), assigned = x,
    to = sg.tensor({value}, i64):to("f32"), copy = sg.zeros(1):copy_(sg.tensor({value}, i64)),
    arange = sg.arange(value, value + 1),
  } do lu.assertEquals(made:item(), up, name) end
end

function TestIntegers:test_floats_keep_the_sign_of_zero_and_overflow_to_infinity()
  local x = sg.ones(1, f64)
  x[1] = -0.0
  for _, zero in ipairs {x, sg.tensor({-0.0}, f64), sg.full({1}, -0.0), sg.ones(1):fill_(-0.0)} do
    lu.assertEquals(1 / zero:item(), -inf)
  end
  lu.assertEquals(sg.tensor({1e39, -1e39}):totable(), {inf, -inf})
  lu.assertEquals(plain {1e39, -1e39}:to("f32"):totable(), {inf, -inf})
  lu.assertEquals(sg.full({1}, 1e39):item(), inf)
end

TestSequences = {}

function TestSequences:test_arange_has_as_many_elements_as_fit_below_the_end()
  lu.assertEquals(sg.arange(5):totable(), {0, 1, 2, 3, 4})
  lu.assertEquals(sg.arange(2, 5, f64):totable(), {2, 3, 4})
  lu.assertEquals(sg.arange(5, 0, -2):totable(), {5, 3, 1})
  lu.assertEquals(sg.arange(0, 1, 0.25):totable(), {0, 0.25, 0.5, 0.75})
  lu.assertEquals(sg.arange(0, 2.5, i64):totable(), {0, 1, 2})
  lu.assertEquals(sg.arange(3, 3):numel(), 0)
  lu.assertStrContains(error_of(sg.arange, 3, 0), "arange: step 1 leads from 3 away from 0")
  lu.assertEquals(sg.arange(math.mininteger, math.maxinteger, 1 << 62, i64):totable(),
    {math.mininteger, -(1 << 62), 0, 1 << 62})
  lu.assertEquals(sg.arange(math.maxinteger, math.mininteger, -(1 << 62), i64):numel(), 4)
  for _, case in ipairs {{0, 1, 0.1}, {1, 3, 0.3}, {-1, 1, 0.001}, {0, 1, 1 / 3}, {7, -3, -0.7}} do
    local start, stop, step = table.unpack(case)
    local x = sg.arange(start, stop, step, f64)
    lu.assertEquals(x:numel(), math.ceil((stop - start) / step))
    for i, value in ipairs(x:totable()) do lu.assertTrue(value == start + (i - 1) * step) end
  end
end

function TestSequences:test_arange_refuses_what_is_no_list()
  lu.assertStrContains(error_of(sg.arange, 0, 5, 0), "do not make a finite list")
  lu.assertStrContains(error_of(sg.arange, 0, inf), "arange: the end is inf, expected a finite number")
  lu.assertStrContains(error_of(sg.arange, nan, 3), "arange: the start is ")
  lu.assertStrContains(error_of(sg.arange, 0, 3, inf), "arange: the step is inf")
  lu.assertStrContains(error_of(sg.arange, 0, 2, 0.5, i64),
    "arange: element 2 is 0.5, expected an integer for dtype i64")
  lu.assertStrContains(error_of(sg.arange, 0, 2, 1, f64, 5), "arange: unexpected argument 5: the number 5")
end

-- Both ends exactly, never back, and the same elements from the other side.
function TestSequences:test_linspace_is_exact_at_its_ends_symmetric_and_monotone()
  for _, ends in ipairs {{0, 1}, {0, 0.1}, {-1, 1}, {0.1, 0.7}, {1, 1 + 2 ^ -50}, {-1e308, 1e308}, {3, 3},
    {1e-300, 7}, {-1.7e308, 1.7e308}} do
    for _, count in ipairs {2, 3, 4, 7, 10, 50, 101, 1000} do
      for _, options in ipairs {f32, f64} do
        local a, b = table.unpack(ends)
        local name = ("linspace(%g, %g, %d, %s)"):format(a, b, count, options.dtype)
        local there, back = sg.linspace(a, b, count, options):totable(), sg.linspace(b, a, count, options):totable()
        lu.assertTrue(there[1] == sg.tensor(a, options):item(), name)
        lu.assertTrue(there[count] == sg.tensor(b, options):item(), name)
        for i = 1, count do
          lu.assertTrue(there[i] == back[count + 1 - i], name)
          lu.assertTrue(i == 1 or there[i] >= there[i - 1], name)
        end
      end
    end
  end
end

-- f32 elements are those of f64, rounded.
function TestSequences:test_linspace_counts_in_f64()
  lu.assertEquals(sg.linspace(0, 1, 4):totable(), sg.linspace(0, 1, 4, f64):to("f32"):totable())
  lu.assertEquals(sg.linspace(5, 9, 1):totable(), {5})
  lu.assertEquals(sg.linspace(5, 9, 0):numel(), 0)
  lu.assertEquals(sg.linspace(math.mininteger, math.maxinteger, 2, i64):totable(),
    {math.mininteger, math.maxinteger})
  lu.assertEquals(sg.linspace(big, big + 4, 3, i64):totable(), {big, big + 2, big + 4})
  lu.assertEquals(sg.linspace(0, 3.0, 4, i64):totable(), {0, 1, 2, 3})
  lu.assertStrContains(error_of(sg.linspace, 0, 10, 5, i64),
    "linspace: element 2 is 2.5, expected an integer for dtype i64")
  lu.assertStrContains(error_of(sg.linspace, 0, inf, 5), "linspace: the end is inf")
end

os.exit(lu.LuaUnit.run())
