-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The gradient checker and functions that detach on purpose: held constant, the gradient is right or wrong by
-- itself; followed, it fails, and the diagnosis says what would be right.
local lu = require "luaunit"
local sg = require "selenograd"

local x = sg.tensor({0.3, 1.2, -0.7}, {dtype = "f64", requires_grad = true})

local function straight_through(a) return a + (a:round() - a):detach() end

-- Batch renormalization divides by a deviation that it holds constant.
local function renormalized(a)
  local centred = a - a:mean()
  return centred / centred:square():mean():sqrt():detach()
end

TestDetached = {}

function TestDetached:test_constant()
  for name, f in pairs {straight_through = straight_through, renormalized = renormalized} do
    lu.assertEquals({name, sg.gradcheck(f, {x}, {detached = "constant", order = 2}).verdict}, {name, "pass"})
    lu.assertEquals(sg.gradcheck(f, {x}, {detached = "constant", mode = "directional"}).verdict, "pass")
  end
end

function TestDetached:test_a_wrong_gradient_is_found_all_the_same()
  local half = sg.op {
    forward = function(ctx, a)
      ctx:save(a)
      return a * a
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end, -- the factor 2 is missing
  }
  local report = sg.gradcheck(function(a) return half(a) * a:exp():detach() end, {x}, {detached = "constant"})
  lu.assertEquals(report.verdict, "fail")
  report = sg.gradcheck(function(a) return half(a) * a:exp():detach() end, {x})
  lu.assertNotStrContains(report.text, "detached = constant")
end

function TestDetached:test_the_diagnosis_names_the_line()
  local line
  local report = sg.gradcheck(function(a)
    line = debug.getinfo(1, "l").currentline + 1
    return a * a:tanh():detach()
  end, {x})
  lu.assertEquals(report.verdict, "fail")
  lu.assertStrContains(report.inputs[1].diagnosis, "detached_test.lua:" .. line)
  lu.assertStrContains(report.inputs[1].diagnosis, "detached = constant checks it so")
end

function TestDetached:test_across_a_module_and_an_op_of_ones_own()
  local Renorm = sg.nn.Module:extend("Renorm")
  function Renorm:forward(a) return renormalized(a) end
  lu.assertEquals(sg.gradcheck(Renorm(), {x}, {detached = "constant"}).verdict, "pass")
  local scaled = sg.op {
    forward = function(ctx, a)
      local scale = a:abs():detach():amax()
      ctx:save(scale)
      return a * scale
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end,
  }
  lu.assertEquals(sg.gradcheck(scaled, {x}).verdict, "fail")
  lu.assertEquals(sg.gradcheck(scaled, {x}, {detached = "constant"}).verdict, "pass")
end

function TestDetached:test_what_a_function_writes_into_its_copy_is_forgotten()
  local function f(a)
    local constant = a:exp():detach()
    constant:mul_(2)
    return a * constant
  end
  lu.assertEquals(sg.gradcheck(f, {x}, {detached = "constant"}).verdict, "pass")
end

function TestDetached:test_refused()
  local ok, text = pcall(sg.gradcheck, straight_through, {x}, {detached = "constnt"})
  lu.assertFalse(ok)
  lu.assertStrContains(text, "did you mean 'constant'?")
  local times = 0
  ok, text = pcall(sg.gradcheck, function(a)
    times = times + 1
    return a * a[{{1, 1 + times % 2}}]:detach():sum()
  end, {x}, {detached = "constant"})
  lu.assertFalse(ok)
  lu.assertStrContains(text, "what is held constant has to be the same tensors in every call")
end

os.exit(lu.LuaUnit.run())
