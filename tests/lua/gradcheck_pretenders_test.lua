-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.gradcheck on functions that are not what they seem, and what it promises of them.

local lu = require "luaunit"
local sg = require "selenograd"

local function leaf(values)
  return sg.tensor(values, {dtype = "f64", requires_grad = true})
end

TestPretenders = {}

local function structure_of(report, name)
  for _, structure in ipairs(report.structures) do
    if structure.name == name then return structure end
  end
end

-- The calls that are compared at the beginning are alike.
function TestPretenders:testChangesLate()
  local calls = 0
  local report = sg.gradcheck(function(x)
    calls = calls + 1
    return x:sin() + (calls > 40 and 4e-16 or 0)
  end, {leaf {0.5, 2}})
  lu.assertEquals(report.verdict, "fail")
  lu.assertStrContains(report.reason, "not deterministic: after")
  lu.assertEquals(structure_of(report, "determinism").verdict, "fail")
end

-- Right when all inputs want a gradient, wrong when the first is alone, or the second is left out.
function TestPretenders:testDependsOnWhoWantsAGradient()
  local function product(wrong_for)
    return sg.op {
      forward = function(ctx, a, b, c)
        ctx:save(a, b, c)
        return a * b + c
      end,
      backward = function(ctx, gy)
        local a, b = ctx:saved()
        return gy * b * (wrong_for(table.unpack(ctx.needs_input_grad)) and 2 or 1), gy * a, gy
      end,
    }
  end
  local inputs = {leaf {0.5, 2}, leaf {3, -1}, leaf {1, 1}}
  local function verdict_of(wrong_for)
    local report = sg.gradcheck(product(wrong_for), inputs, {names = {"a", "b", "c"}})
    local subsets = structure_of(report, "subsets")
    lu.assertEquals(subsets.verdict, report.verdict)
    return report.verdict, subsets.text
  end
  lu.assertEquals(verdict_of(function() return false end), "pass")
  local verdict, text = verdict_of(function(_, b, c) return not b and not c end)
  lu.assertEquals(verdict, "fail")
  lu.assertStrContains(text, "at a[")
  lu.assertEquals(verdict_of(function(_, b, c) return c and not b end), "fail")
  lu.assertNil(structure_of(sg.gradcheck(sg.tanh, {leaf {0.5}}), "subsets"))
end

function TestPretenders:testUsesTheCallersTensor()
  local x, w = leaf {0.5, 2}, leaf {3, 4}
  local product = (x * x):sum() -- has saved x
  local function closure() return (x * w):tanh() end
  for _, mode in ipairs {"full", "directional"} do
    local report = sg.gradcheck(closure, {x}, {mode = mode})
    lu.assertEquals(report.verdict, "inconclusive")
    lu.assertStrContains(report.inputs[1].reason, "and not the argument it is called with")
  end
  lu.assertEquals(sg.gradcheck(function(t) return t * w end, {x, w}).inputs[2].verdict, "inconclusive")
  lu.assertEquals(x:totable(), {0.5, 2})
  lu.assertEquals(w:totable(), {3, 4})
  product:backward()
  lu.assertEquals(x.grad:totable(), {1, 4})
  lu.assertEquals(sg.gradcheck(function(t) return t * 0 + w:detach() end, {x}).verdict, "pass")
end

-- The sum is 2e12, and of the small terms' derivatives no digit is left.
function TestPretenders:testSaysWhatIsLostInNoise()
  local input = sg.gradcheck(function(x) return x:exp():sum() end, {leaf {28, 27, -4, -5}}).inputs[1]
  lu.assertEquals(input.verdict, "pass")
  lu.assertStrMatches(input.reason, "2 elements are lost in rounding noise: an error of %S+ of the largest .*")
end

-- Nearer than a hundred thousand, noise hides the sine, which therefore may be wrong; far away it averages out.
function TestPretenders:testSaysWhenOnlyLongStepsTell()
  local drops_sine = sg.op {
    forward = function(_, x) return x + x:sin() * 1e-3 + 1e13 end,
    backward = function(_, gy) return gy end,
  }
  for _, mode in ipairs {"full", "directional"} do
    local input = sg.gradcheck(drops_sine, {leaf {0.5, 2, -1}}, {mode = mode}).inputs[1]
    lu.assertStrContains(input.reason, "only at steps much longer")
    lu.assertEquals(sg.gradcheck(sg.sin, {leaf {0.5, 2, -1}}, {mode = mode}).inputs[1].reason, "")
  end
end

-- Steps that suit the 1 are of no use near the pole.
function TestPretenders:testTinyBesideOthers()
  for _, tiny in ipairs {1e-25, 1e-40} do
    local x = leaf {tiny, 1}
    for _, name in ipairs {"log", "sqrt"} do
      lu.assertEquals(sg.gradcheck(sg[name], {x}).verdict, "pass", name .. tiny)
    end
    local wrong = sg.op {
      forward = function(ctx, t)
        ctx:save(t)
        return t:log()
      end,
      backward = function(ctx, gy) return gy / ctx:saved() * 1.00001 end,
    }
    lu.assertEquals(sg.gradcheck(wrong, {x}).inputs[1].failed, 2)
  end
  lu.assertNotEquals(sg.gradcheck(sg.log, {leaf {1e-300, 1}}).verdict, "fail")
end

-- Over short steps all digits cancel and the difference stays as it is; only longer ones know of a derivative.
function TestPretenders:testCancellationIsNoFailure()
  lu.assertNotEquals(sg.gradcheck(function(x) return x - x:sin() end, {leaf {1e-5, 2e-5}}).verdict, "fail")
  local wrong = sg.op {
    forward = function(ctx, x)
      ctx:save(x)
      return x - x:sin()
    end,
    backward = function(ctx, gy) return gy * (1 - ctx:saved():cos()) * 1.01 end,
  }
  lu.assertNotEquals(sg.gradcheck(wrong, {leaf {1e-5, 2e-5}}).verdict, "pass")
end

-- Every element is sampled, so what is promised of a single one is what the samples' bars allow.
function TestPretenders:testPromiseOfSamples()
  local input = sg.gradcheck(sg.exp, {leaf {0.5, 2, -1}}, {mode = "directional"}).inputs[1]
  lu.assertEquals(input.checked, 3)
  lu.assertTrue(input.single_error > 1e-14 and input.single_error < 1e-6)
  lu.assertEquals(input.single_miss, 0.01)
end

os.exit(lu.LuaUnit.run())
