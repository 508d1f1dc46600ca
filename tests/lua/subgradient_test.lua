-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Where an op has no derivative, its descriptor says what stands for it. Such points are looked for: the inputs of
-- each op's samples are filled with round numbers, the values of its options, ties and zeros, and the checker tells
-- kinks from everything else.
local lu = require "luaunit"
local sg = require "selenograd"

local MOST_ELEMENTS = 40

local function filled(x, values, shift)
  local list = {}
  for i = 1, x:numel() do list[i] = values[(i - 1 + shift) % #values + 1] end
  return sg.tensor(list, {dtype = "f64"}):reshape(x.shape)
end

local round = {-6, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 6}
local patterns = {
  function(x, values, i) return filled(x, values, 3 * (i - 1)) end,
  function(x, values, i) return filled(x, values, 5 + 3 * (i - 1)) end,
  function(x, values) return filled(x, values, 0) end,
  function(x) return filled(x, {1}, 0) end,
  function(x) return filled(x, {0}, 0) end,
  function(x, _, i) return filled(x, {2, 2, 1, 1, 0, 0, 3}, i) end,
}

local function numbers_of(options)
  local values = table.move(round, 1, #round, 1, {})
  for _, value in pairs(options or {}) do
    if type(value) == "number" and math.abs(value) < 1e6 then values[#values + 1] = value end
  end
  return values
end

local function elements_of(inputs)
  local count = 0
  for _, x in ipairs(inputs) do count = count + (x and x:numel() or 0) end
  return count
end

-- How many elements of the op's inputs are at a kink.
local function kinks_of(name, sample, pattern)
  local inputs, values = {}, numbers_of(sample.options)
  for i, x in ipairs(sample.inputs) do
    local moves = x and x:is_floating_point() and x.requires_grad
    inputs[i] = moves and pattern(x, values, i) or x
  end
  local done, report = pcall(sg.gradcheck, sg[name], inputs, {options = sample.options, mode = "full"})
  local count = 0
  for _, input in ipairs(done and report.inputs or {}) do count = count + input.nondifferentiable end
  return count
end

local function has_kinks(name)
  for number = 1, 4 do
    local sample = sg.op_sample(name, number, 1)
    if not sample then return false end
    local elements = elements_of(sample.inputs)
    for _, pattern in ipairs(elements > 0 and elements <= MOST_ELEMENTS and patterns or {}) do
      if kinks_of(name, sample, pattern) > 0 then return true end
    end
  end
  return false
end

function test_ops_with_kinks_state_a_subgradient()
  local silent, found = {}, 0
  for _, name in ipairs(sg.ops()) do
    local info = sg.op_info(name)
    if info.differentiable and not info.subgradient and has_kinks(name) then silent[#silent + 1] = name end
    found = found + (info.subgradient and 1 or 0)
  end
  lu.assertEquals(silent, {})
  lu.assertTrue(found > 50)
end

-- The search itself sees what it is to see.
function test_kinks_are_found()
  for _, name in ipairs {"relu", "softshrink", "clamp", "maximum", "amax", "max_pool1d", "norm", "l1_loss"} do
    lu.assertEquals({name, has_kinks(name)}, {name, true})
  end
  for _, name in ipairs {"exp", "mul", "sum", "softplus", "matmul"} do
    lu.assertEquals({name, has_kinks(name)}, {name, false})
  end
end

-- What stands in the manual is what is computed.
local function slope(name, values, ...)
  local x = sg.tensor(values, {dtype = "f64", requires_grad = true})
  sg[name](x, ...):sum():backward()
  return x.grad:totable()
end

function test_some_of_them()
  lu.assertEquals(slope("relu6", {0, 6}), {0, 0})
  lu.assertEquals(slope("clamp", {-1, 1}, -1, 1), {1, 1})
  lu.assertEquals(slope("hardswish", {-3, 3}), {-0.5, 1.5})
  lu.assertEquals(slope("leaky_relu", {0}, 0.25), {0.25})
  lu.assertEquals(slope("amax", {2, 2, 1}), {0.5, 0.5, 0})
  lu.assertEquals(slope("norm", {0, 0}), {0, 0})
  lu.assertEquals(slope("std", {1, 1}), {0, 0})
  lu.assertEquals(slope("maximum", {1}, sg.tensor({1}, {dtype = "f64"})), {0.5})
end

function test_the_manual()
  local manual = require "selenograd.manual"
  lu.assertStrContains(manual("relu"), "Derivatives: of every order. Where there is none: 0 at 0.")
  lu.assertStrContains(manual("hypot"), "Where there is none: 0 where a and b are 0.")
  lu.assertStrContains(manual("exp"), "Cost: linear in the elements of inputs and results.")
  lu.assertStrContains(manual("mm"), "Cost: 2 operations for each product in the sums.")
end

os.exit(lu.LuaUnit.run())
