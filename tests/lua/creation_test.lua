-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Ops without tensor inputs: arguments by position and by name, and what the result may be told.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local error_of = require("support").error_of

TestCreation = {}

function TestCreation:testByPositionAndByName()
  lu.assertEquals(sg.zeros().shape, {})
  lu.assertEquals(sg.zeros({}, {dtype = "f64"}).dtype, "f64")
  lu.assertEquals(sg.zeros(2, 3).shape, {2, 3})
  lu.assertEquals(sg.zeros({shape = {2, 3}, dtype = "i64"}):totable(), {{0, 0, 0}, {0, 0, 0}})
  lu.assertEquals(sg.full({2}, 7):totable(), {7, 7})
  lu.assertEquals(sg.full(2, 7):totable(), {7, 7})
  lu.assertEquals(sg.full({shape = 2, value = 1, dtype = "bool"}):totable(), {true, true})
  lu.assertEquals(sg.eye(2, 3, {dtype = "i64"}):totable(), {{1, 0, 0}, {0, 1, 0}})
  lu.assertEquals(sg.eye {rows = 2}:totable(), {{1, 0}, {0, 1}})
  lu.assertEquals(sg.arange(3):totable(), {0, 1, 2})
  lu.assertEquals(sg.arange(3, {dtype = "i64"}).dtype, "i64")
  lu.assertEquals(sg.arange(1, 3):totable(), {1, 2})
  lu.assertEquals(sg.arange {stop = 2}:totable(), {0, 1})
  lu.assertEquals(sg.arange(5, 1, -2):totable(), {5, 3})
  lu.assertEquals(sg.linspace(0, 1, 3):totable(), {0, 0.5, 1})
  lu.assertEquals(sg.randint(4, 5, 2, 2):totable(), {{4, 4}, {4, 4}})
  lu.assertEquals(sg.randint(4, 5, {2}):totable(), {4, 4})
  lu.assertEquals(sg.randint(4, 5):item(), 4)
end

function TestCreation:testLeavesThatRequireAGradient()
  local x = sg.randn(3, {requires_grad = true, dtype = "f64"})
  lu.assertTrue(x.requires_grad and x.is_leaf)
  x:sum():backward()
  lu.assertEquals(x.grad:totable(), {1, 1, 1})
  lu.assertFalse(sg.ones(2, {requires_grad = false}).requires_grad)
  lu.assertTrue(sg.ones_like(x, {requires_grad = true}).requires_grad)
end

function TestCreation:testErrors()
  local cases = {
    {"zeros: requires_grad is the number 1, expected true or false", sg.zeros, 2, {requires_grad = 1}},
    {"unknown option 'requires_grd'; did you mean 'requires_grad'?", sg.ones, 2, {requires_grd = true}},
    {"unknown option 'requires_grad'", sg.sum, sg.ones(2), {requires_grad = true}},
    {"zeros: a tensor of dtype i64 cannot require a gradient", sg.zeros, 2, {dtype = "i64", requires_grad = true}},
    {"zeros: a tensor cannot have the shape [-2]", sg.zeros, -2},
    {"full: value is missing", sg.full, {2}},
    {"arange: stop is missing", sg.arange},
    {"eye: rows is -1, expected a value of at least 0", sg.eye, -1},
    {"rand: dtype is i64, expected f32 or f64", sg.rand, 2, {dtype = "i64"}},
    {"randint: the lower bound has to be below the upper bound", sg.randint, 2, 2, {1}},
    {"full_like", sg.full_like, sg.zeros(2, {dtype = "u8"}), 300},
  }
  for _, case in ipairs(cases) do lu.assertStrContains(error_of(case[2], table.unpack(case, 3)), case[1]) end
end

-- The first numbers of the stream, which no version may change.
function TestCreation:testTheSameSeedGivesTheSameNumbers()
  local f64 = {dtype = "f64"}
  sg.manual_seed(1)
  local uniform = {0.89468471633509239, 0.71126807657669433}
  lu.assertEquals(sg.rand(2, f64):totable(), uniform)
  local normal = sg.randn(3, f64):totable()
  for i, want in ipairs {-1.1326241915725068, -1.6917111820299271, 1.1235348471496454} do
    lu.assertAlmostEquals(normal[i], want, 1e-15) -- a rounding of the C library's logarithm or sine
  end
  lu.assertEquals(sg.randint(-5, 100, {4}):totable(), {-2, 0, 64, 82})
  lu.assertEquals(sg.randperm(6):totable(), {3, 1, 5, 6, 2, 4})
  sg.manual_seed(1)
  lu.assertEquals(sg.rand_like(sg.ones(2, f64)):totable(), uniform)
end

os.exit(lu.LuaUnit.run())
