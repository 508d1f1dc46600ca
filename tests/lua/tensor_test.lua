-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Tensors as Lua sees them: making, looking, indexing, arithmetic, writing in place, printing, freeing.
-- All numbers are small integers or exact fractions, so comparisons are exact.
package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local support = require "support"
local error_of = support.error_of

local f64 = {dtype = "f64"}

TestMaking = {}

function TestMaking:test_from_tables_and_numbers()
  local x = sg.tensor({{1, 2, 3}, {4, 5, 6}})
  lu.assertEquals(x:totable(), {{1, 2, 3}, {4, 5, 6}})
  lu.assertEquals(x.dtype, "f32")
  lu.assertEquals(x.shape[1], 2)
  lu.assertEquals(x.shape[2], 3)
  lu.assertEquals({#x, x:size(2), x:size(-1), x:dim(), x:numel()}, {2, 3, 3, 2, 6})
  lu.assertEquals(sg.tensor(7, f64):item(), 7)
  lu.assertEquals(sg.tensor(7):dim(), 0)
  lu.assertEquals(sg.tensor({1, 2}, {dtype = "i64"}).dtype, "i64")
  lu.assertEquals(sg.tensor({}):numel(), 0)
end

function TestMaking:test_ragged_tables_are_refused()
  lu.assertStrContains(error_of(sg.tensor, {{1, 2}, {3}}), "tensor")
  lu.assertStrContains(error_of(sg.tensor, {1, "two"}), "tensor")
end

function TestMaking:test_ranges_and_fillings()
  lu.assertEquals(sg.zeros(2, 2):totable(), {{0, 0}, {0, 0}})
  lu.assertEquals(sg.ones({3}):totable(), {1, 1, 1})
  lu.assertEquals(sg.full({2}, 2.5):totable(), {2.5, 2.5})
  lu.assertEquals(sg.eye(2):totable(), {{1, 0}, {0, 1}})
  lu.assertEquals(sg.linspace(0, 1, 5):totable(), {0, 0.25, 0.5, 0.75, 1})
  lu.assertEquals(sg.zeros_like(sg.ones(2, f64)).dtype, "f64")
end

function TestMaking:test_random_numbers_repeat_after_a_seed()
  sg.manual_seed(3)
  local first = sg.randn(5):totable()
  local state = sg.get_rng_state()
  local second = sg.rand(5):totable()
  sg.set_rng_state(state)
  lu.assertEquals(sg.rand(5):totable(), second)
  sg.manual_seed(3)
  lu.assertEquals(sg.randn(5):totable(), first)
end

function TestMaking:test_a_permutation_counts_from_one()
  local seen = {}
  for _, i in ipairs(sg.randperm(10):totable()) do seen[i] = true end
  for i = 1, 10 do lu.assertTrue(seen[i]) end
  lu.assertEquals(#sg.randperm(10):totable(), 10)
end

TestIndexing = {}

function TestIndexing:setUp() self.x = sg.tensor({{1, 2, 3}, {4, 5, 6}}, f64) end

function TestIndexing:test_rows_count_from_one_and_from_the_end()
  lu.assertEquals(self.x[1]:totable(), {1, 2, 3})
  lu.assertEquals(self.x[-1]:totable(), {4, 5, 6})
  lu.assertEquals(self.x[2][3]:item(), 6)
end

function TestIndexing:test_ranges()
  lu.assertEquals(self.x[{ {}, {2, 3} }]:totable(), {{2, 3}, {5, 6}})
  lu.assertEquals(self.x[{ {1, 2}, 2 }]:totable(), {2, 5})
  lu.assertEquals(self.x[{2}]:totable(), {4, 5, 6})
end

function TestIndexing:test_out_of_range_names_the_bounds()
  lu.assertStrContains(error_of(function() return self.x[4] end), "4")
  lu.assertStrContains(error_of(function() return self.x[-3] end), "-3")
  lu.assertStrContains(error_of(function() return self.x[0] end), "0")
  lu.assertStrContains(error_of(function() return self.x[{ {}, 4 }] end), "4")
  lu.assertStrContains(error_of(function() return self.x[1.5] end), "1.5")
end

function TestIndexing:test_ipairs_ends_behind_the_last_row()
  local sums = {}
  for i, row in ipairs(self.x) do sums[i] = row:sum():item() end
  lu.assertEquals(sums, {6, 15})
end

function TestIndexing:test_gradients_flow_through_an_index()
  local x = sg.tensor({{1, 2}, {3, 4}}, {dtype = "f64", requires_grad = true})
  local y = x[2] * 3 + x[{ {}, 1 }]
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {{1, 0}, {4, 3}})
end

function TestIndexing:test_assignment_writes_in_place()
  local x = sg.zeros(2, 3)
  x[1] = 5
  x[{ 2, {2, 3} }] = sg.tensor({7, 8})
  lu.assertEquals(x:totable(), {{5, 5, 5}, {0, 7, 8}})
end

-- Against a table of tables that is written element by element.
function TestIndexing:test_assignment_to_any_selection()
  local keys = {2, -1, {2}, {3, 4}, { {}, 2 }, { {2, 3}, {1, 4, 3} }, { {3, 2}, {} }, { {1, 3, 2} }, {}}
  for _, dtype in ipairs {"f32", "i64", "u8", "bool"} do
    for number, key in ipairs(keys) do
      local x = sg.arange(1, 13):reshape(3, 4):to(dtype)
      local position = sg.arange(1, 13, {dtype = "i64"}):reshape(3, 4)
      local chosen = position[key]
      local value = sg.arange(101, 101 + chosen:numel(), {dtype = "i64"}):reshape(chosen.shape)
      local expected, at = x:reshape(12):totable(), chosen:reshape(-1):totable()
      local given = value:to(dtype)
      for i, v in ipairs(given:reshape(-1):totable()) do expected[at[i]] = v end
      x[key] = given
      lu.assertEquals(x:reshape(12):totable(), expected, dtype .. " " .. number)
    end
  end
end

function TestIndexing:test_a_value_broadcasts_over_dropped_dimensions()
  local x = sg.zeros(2, 3, 2)
  x[{ {}, 2, {} }] = sg.tensor({{1}, {2}})
  x[{ 1, {2, 3}, 2 }] = sg.tensor({7, 8})
  lu.assertEquals(x:totable(), {{{0, 0}, {1, 7}, {0, 8}}, {{0, 0}, {2, 2}, {0, 0}}})
  lu.assertStrContains(error_of(function() x[{ {}, 2 }] = sg.zeros(3) end),
    "index: a value of shape [3] does not fit the selection of shape [2, 2]")
end

function TestIndexing:test_assignment_by_a_mask()
  local x = sg.tensor({{1, -2}, {-3, 4}})
  x[sg.tensor({{false, true}, {true, false}})] = 0
  lu.assertEquals(x:totable(), {{1, 0}, {0, 4}})
  x[sg.tensor({{true, true}, {false, true}})] = sg.tensor({5, 6, 7})
  lu.assertEquals(x:totable(), {{5, 6}, {0, 7}})
  x[sg.tensor({false, true})] = sg.tensor({8, 9})
  lu.assertEquals(x:totable(), {{5, 6}, {8, 9}})
  lu.assertStrContains(error_of(function() x[sg.tensor({true, true})] = sg.zeros(3, 2) end),
    "values has shape [3, 2], and the mask has 2 elements that are true")
  lu.assertStrContains(error_of(function() x[sg.tensor({1, 0})] = 0 end),
    "index: the key is a tensor of dtype f32, expected a mask of dtype bool")
end

function TestIndexing:test_positions()
  local x = sg.tensor({{1, 2}, {3, 4}, {5, 6}}, {dtype = "f64", requires_grad = true})
  local index = sg.tensor({{3, 1}, {3, 3}}, {dtype = "i64"})
  local y = x[index]
  lu.assertEquals(y:totable(), {{{5, 6}, {1, 2}}, {{5, 6}, {5, 6}}})
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {{1, 1}, {0, 0}, {3, 3}})
  lu.assertEquals(x[sg.tensor(2, {dtype = "i64"})]:totable(), {3, 4})
  lu.assertEquals(x[sg.zeros(0, {dtype = "i64"})].shape, {0, 2})
  lu.assertEquals(sg.tensor({true, false})[sg.tensor({2, 1, 1}, {dtype = "i64"})]:totable(), {false, true, true})
  lu.assertStrContains(error_of(function() return x[sg.tensor({4}, {dtype = "i64"})] end), "holds 4")
  lu.assertStrContains(error_of(function() return x[sg.tensor({-1}, {dtype = "i64"})] end), "holds -1")
  local eight = sg.ones({1, 1, 1, 1, 1, 1, 1, 1}, {dtype = "i64"})
  lu.assertStrContains(error_of(function() return x[eight] end), "the result would have 9 dimensions")
  local z = sg.zeros(3, 2)
  z[sg.tensor({3, 1, 3}, {dtype = "i64"})] = sg.tensor({{1, 2}, {3, 4}, {5, 6}})
  lu.assertEquals(z:totable(), {{3, 4}, {0, 0}, {5, 6}})
  z[sg.tensor({{1, 2}}, {dtype = "i64"})] = 7
  lu.assertEquals(z:totable(), {{7, 7}, {7, 7}, {5, 6}})
  lu.assertStrContains(error_of(function() z[sg.tensor({4}, {dtype = "i64"})] = 0 end), "holds 4")
end

function TestIndexing:test_the_row_for_padding_has_no_gradient()
  local weight = sg.tensor({{1, 2}, {3, 4}, {5, 6}}, {requires_grad = true})
  local index = sg.tensor({{2, 1}, {2, 3}}, {dtype = "i64"})
  for _, row in ipairs {2, -2} do
    weight.grad = nil
    local y = sg.embedding(index, weight, {padding_idx = row})
    lu.assertEquals(y:totable(), {{{3, 4}, {1, 2}}, {{3, 4}, {5, 6}}})
    y:square():sum():backward()
    lu.assertEquals(weight.grad:totable(), {{2, 4}, {0, 0}, {10, 12}})
  end
  lu.assertStrContains(error_of(sg.embedding, index, weight, {padding_idx = 4}),
    "padding_idx 4 is outside of the rows")
end

function TestIndexing:test_a_number_or_a_list_in_one_place()
  local x = sg.tensor({1, 2, 3, 4, 5})
  local function parts(...)
    local values = {}
    for i, part in ipairs(x:tensor_split(...)) do values[i] = part:totable() end
    return values
  end
  lu.assertEquals(parts(2), {{1, 2, 3}, {4, 5}})
  lu.assertEquals(parts({2}), {{1, 2}, {3, 4, 5}})
  lu.assertEquals(parts({1, -1}, 1), {{1}, {2, 3, 4}, {5}})
  lu.assertEquals(parts(2, 1), parts({sections = 2, dim = -1}))
  lu.assertEquals(parts(nil, 1, {indices = {2}}), parts({2}))
  lu.assertStrContains(error_of(parts, 2, {indices = {2}}), "indices are given")
  lu.assertStrContains(error_of(parts), "indices are not given")
end

function TestIndexing:test_numbers_beside_an_index()
  local index = sg.tensor({2}, {dtype = "i64"})
  lu.assertEquals(sg.tensor({1, 2, 3}):index_fill(1, index, 0.5):totable(), {1, 0.5, 3})
  lu.assertEquals(sg.tensor({1, 2, 3}, {dtype = "u8"}):index_fill(1, index, 9):totable(), {1, 9, 3})
  lu.assertEquals(sg.tensor({1, 2, 3}):scatter(1, index, 7):totable(), {1, 7, 3})
  lu.assertEquals(sg.tensor({1, 2, 3}):scatter(1, index, 7, "add"):totable(), {1, 9, 3})
  lu.assertEquals(sg.tensor({1, 2}):pad({1, 1}, "constant", 0.5):totable(), {0.5, 1, 2, 0.5})
  lu.assertEquals(sg.tensor({1, 2, 3}):pad({1, 0}, {mode = "reflect"}):totable(), {2, 1, 2, 3})
end

function TestIndexing:test_index_put()
  local rows, columns = sg.tensor({1, 2, 1}, {dtype = "i64"}), sg.tensor({2, 1, 2}, {dtype = "i64"})
  local x = sg.tensor({{1, 2}, {3, 4}}, {dtype = "f64", requires_grad = true})
  local y = x:index_put(sg.tensor({5, 6, 7}, {dtype = "f64"}), {rows, columns})
  lu.assertEquals(y:totable(), {{1, 7}, {6, 4}})
  y:sum():backward()
  lu.assertEquals(x.grad:totable(), {{1, 0}, {0, 1}})
  lu.assertEquals(x:index_put(1, {rows, columns}, {accumulate = true}):totable(), {{1, 4}, {4, 4}})
  local counts = sg.zeros(2, {dtype = "i64"})
  lu.assertEquals(counts:index_put_(1, {rows}, true):totable(), {2, 1})
  local many = {}
  for i = 1, 40 do many[i] = rows end
  lu.assertStrContains(error_of(counts.index_put, counts, 1, many), "40 dimensions are indexed")
end

TestInPlace = {}

function TestInPlace:test_elementwise_ops_write_into_the_tensor_itself()
  local whole = sg.tensor({-1, 4, -9, 16}, f64)
  local x = whole[{ {2, 3} }]
  lu.assertIs(x:abs_(), x)
  lu.assertIs(x:sqrt_():pow_(sg.tensor({2, 3}, f64)), x)
  lu.assertEquals(whole:totable(), {-1, 4, 27, 16})
  lu.assertEquals(x:maximum_(5):totable(), {5, 27})
  lu.assertEquals(x:clamp_{max = 20}:totable(), {5, 20})
  lu.assertEquals(sg.tensor({-2, 3}, {dtype = "i64"}):abs_():totable(), {2, 3})
end

function TestInPlace:test_the_tensor_may_be_given_by_name()
  local x, y = sg.tensor({1, 2}, f64), sg.tensor({3, 4}, f64)
  lu.assertIs(sg.add_ {x = x, other = y}, x)
  lu.assertIs(sg.mul_(x, {other = 2}), x)
  lu.assertIs(sg.sgd_step {gradient = y, lr = 1, parameter = x}, x)
  lu.assertEquals(x:totable(), {5, 8})
  lu.assertStrContains(error_of(sg.mul_, 3, sg.tensor(2)), "mul_: x is the number 3, expected a tensor")
  lu.assertStrContains(error_of(sg.add_, {x = 3, other = y}), "add_: x is the number 3, expected a tensor")
end

function TestInPlace:test_other_ops_are_copied()
  local x = sg.tensor({{1, 3}, {2, 2}}, f64)
  x:softmax_(2)
  lu.assertAlmostEquals(x[2][1]:item(), 0.5, 1e-15)
  lu.assertStrContains(error_of(x.sum_, x), "sum_: the source has shape [], expected [2, 2]")
end

function TestInPlace:test_nothing_is_lost()
  local leaf, x = sg.tensor({1, 2}, {dtype = "f64", requires_grad = true}), sg.tensor({1, 2}, f64)
  lu.assertStrContains(error_of(leaf.exp_, leaf), "exp_: x requires a gradient")
  lu.assertStrContains(error_of(x.maximum_, x, leaf), "requires a gradient")
  lu.assertStrContains(error_of(x.maximum_, x, sg.zeros(3, 2, f64)), "maximum_: the result is f64 [3, 2], and a is")
  local whole = sg.tensor({1, 2}, {dtype = "i64"})
  lu.assertStrContains(error_of(whole.maximum_, whole, x), "maximum_: a has dtype i64, which cannot hold")
  lu.assertEquals(whole:totable(), {1, 2})
  local y = (leaf * x):sum()
  x:neg_()
  lu.assertStrContains(error_of(y.backward, y), "was changed in place by neg_")
  sg.no_grad(function() leaf:exp_() end)
  lu.assertAlmostEquals(leaf:totable()[2], math.exp(2), 1e-12)
end

TestArithmetic = {}

function TestArithmetic:test_operators_take_numbers_on_both_sides()
  local x = sg.tensor({1, 2, 4}, f64)
  lu.assertEquals((x + 1):totable(), {2, 3, 5})
  lu.assertEquals((1 - x):totable(), {0, -1, -3})
  lu.assertEquals((2 * x):totable(), {2, 4, 8})
  lu.assertEquals((4 / x):totable(), {4, 2, 1})
  lu.assertEquals((x ^ 2):totable(), {1, 4, 16})
  lu.assertEquals(sg.tensor({0.5, 1.5, 2.5, -1.5}, f64):round():totable(), {0, 2, 2, -2})
  lu.assertEquals((x // 3):totable(), {0, 0, 1})
  lu.assertEquals((-x % 3):totable(), {2, 1, 2})
  lu.assertEquals((7 // x):totable(), {7, 3, 1})
  lu.assertEquals((7 % x):totable(), {0, 1, 3})
  lu.assertEquals((-x):totable(), {-1, -2, -4})
end

function TestArithmetic:test_equality_is_identity()
  local x = sg.ones(2)
  lu.assertTrue(x == x)
  lu.assertFalse(x == sg.ones(2))
end

function TestArithmetic:test_ops_are_functions_and_methods()
  local x = sg.tensor({{1, 2}, {3, 4}}, f64)
  lu.assertEquals(sg.sum(x, 2):totable(), {3, 7})
  lu.assertEquals(x:sum{dim = {1, 2}, keepdim = true}:totable(), {{10}})
  lu.assertEquals(sg.cat({x, x}, 1).shape[1], 4)
  lu.assertEquals(x:matmul(sg.eye(2, f64)):totable(), x:totable())
  lu.assertEquals(select(2, sg.max(x, 2)):totable(), {2, 2}) -- positions count from one
end

function TestArithmetic:test_dtypes_do_not_mix_silently()
  lu.assertStrContains(error_of(function() return sg.ones(2) + sg.ones(2, f64) end), "dtype")
  lu.assertEquals((sg.ones(2):to "f64" + sg.ones(2, f64)):totable(), {2, 2})
end

TestPrinting = {}

function TestPrinting:test_shows_values_dtype_shape_and_history()
  lu.assertStrContains(tostring(sg.tensor({1, 2})), "f32 [2]")
  local x = sg.tensor({1.5, -2}, {dtype = "f64", requires_grad = true})
  lu.assertStrContains(tostring(x), "requires_grad")
  lu.assertStrContains(tostring(x:relu()), "relu")
  lu.assertStrContains(tostring(x), "1.5")
end

function TestPrinting:test_large_tensors_are_summarised()
  local text = tostring(sg.zeros(300, 300))
  lu.assertStrContains(text, "...")
  lu.assertTrue(#text < 5000)
end

-- No loop may run over the extents of a tensor without elements.
function TestPrinting:test_huge_and_empty()
  lu.assertEquals(tostring(sg.zeros(2, 0)), "tensor({{},\n        {}}, f32 [2, 0])")
  lu.assertEquals(tostring(sg.zeros(1 << 40, 0)), "tensor({}, f32 [1099511627776, 0])")
  lu.assertEquals(tostring(sg.zeros(5, 1 << 40, 0, 3)), "tensor({}, f32 [5, 1099511627776, 0, 3])")
  lu.assertEquals(tostring(sg.zeros(0, 1 << 40)), "tensor({}, f32 [0, 1099511627776])")
  lu.assertEquals(sg.zeros(2, 0):totable(), {{}, {}})
  lu.assertEquals(sg.zeros(0, 1 << 40):totable(), {})
  local x = sg.zeros(1 << 40, 0)
  lu.assertErrorMsgContains("totable: a tensor [1099511627776, 0] has no element", x.totable, x)
end

TestLifetime = {}

function TestLifetime:test_tidy_frees_all_but_the_results()
  collectgarbage()
  local before = sg.memory().live_tensors
  local kept, list = sg.tidy(function()
    local x = sg.ones(100)
    for _ = 1, 50 do x = x + 1 end
    return x, {inside = x * 2}
  end)
  lu.assertEquals(sg.memory().live_tensors, before + 2)
  lu.assertEquals(kept[1]:item(), 51)
  lu.assertEquals(list.inside[1]:item(), 102)
end

function TestLifetime:test_tidy_passes_errors_on_and_frees()
  collectgarbage()
  local before = sg.memory().live_tensors
  lu.assertStrContains(error_of(sg.tidy, function()
    local x = sg.ones(10)
    error("stopped with " .. x:numel())
  end), "stopped with 10")
  lu.assertEquals(sg.memory().live_tensors, before)
end

function TestLifetime:test_close_frees_at_once()
  collectgarbage()
  local before = sg.memory().live_tensors
  do
    local x <close> = sg.ones(10)
    lu.assertEquals(sg.memory().live_tensors, before + 1)
    lu.assertEquals(x:numel(), 10)
  end
  lu.assertEquals(sg.memory().live_tensors, before)
end

os.exit(lu.LuaUnit.run())
