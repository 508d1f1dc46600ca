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

-- What is computed in no_grad is cut off too, and numbers are, however deep.
local function shifted(a)
  local least = sg.no_grad(function()
    local half = a * 0.5
    return (half + half):amin()
  end)
  return a - least
end
local function scaled_by_number(a) return a * a:amax():item() end
local function scaled_by_table(a) return a * sg.no_grad(function() return a:exp() end):totable()[2] end
local cut_off = {shifted = {shifted, "computes in no_grad values"},
                 scaled_by_number = {scaled_by_number, "takes numbers (item) out of tensors"},
                 scaled_by_table = {scaled_by_table, "computes in no_grad values"}}

function TestDetached:test_no_grad_and_numbers()
  for name, case in pairs(cut_off) do
    local report = sg.gradcheck(case[1], {x})
    lu.assertEquals({name, report.verdict}, {name, "fail"})
    lu.assertStrContains(report.inputs[1].diagnosis, "The function " .. case[2] .. " that depend on its inputs")
    lu.assertStrContains(report.inputs[1].diagnosis, "detached_test.lua:")
    for _, options in ipairs {{order = 2}, {mode = "directional"}, {jacobian = true}} do
      options.detached = "constant"
      lu.assertEquals({name, sg.gradcheck(case[1], {x}, options).verdict}, {name, "pass"})
    end
  end
end

function TestDetached:test_a_wrong_gradient_beside_a_number()
  local half = sg.op {
    forward = function(ctx, a)
      ctx:save(a)
      return a * a
    end,
    backward = function(ctx, gy) return gy * ctx:saved() end, -- the factor 2 is missing
  }
  local function f(a) return half(a) * a:amax():item() end
  lu.assertEquals(sg.gradcheck(f, {x}, {detached = "constant"}).verdict, "fail")
  lu.assertNotStrContains(sg.gradcheck(f, {x}).text, "constants")
end

-- A custom op's forward is not recorded, and cuts nothing off by that: its gradient is its author's.
function TestDetached:test_the_forward_of_a_custom_op()
  local by_largest = sg.op {
    forward = function(ctx, a)
      ctx:save(a)
      return a / a:amax():item()
    end,
    backward = function(ctx, gy)
      local a = ctx:saved()
      local largest = a:amax()
      return gy / largest - a:eq(largest):to("f64") * (gy * a):sum() / largest ^ 2
    end,
    once_differentiable = true,
  }
  for _, detached in ipairs {"follow", "constant"} do
    lu.assertEquals(sg.gradcheck(by_largest, {x}, {detached = detached}).verdict, "pass")
  end
end

function TestDetached:test_a_checkpoint_detaches_nothing()
  local function f(a) return sg.checkpoint(function(b) return b * b:exp() end, a) end
  for _, detached in ipairs {"follow", "constant"} do
    lu.assertEquals({detached, sg.gradcheck(f, {x}, {detached = detached}).verdict}, {detached, "pass"})
  end
end

-- Buffers follow in no_grad, and ops detach inside of themselves.
function TestDetached:test_what_cuts_nothing_off()
  local model = sg.nn.Sequential(sg.nn.Linear(3, 3, {bias = false}), sg.nn.BatchNorm1d(3))
  local batch = sg.randn(4, 3, {dtype = "f64"})
  lu.assertEquals(sg.gradcheck(model, {batch}, {detached = "constant"}).verdict, "pass")
  local function attend(a) return sg.scaled_dot_product_attention(a, a * 2, a, a:tanh():matmul(a:t())) end
  lu.assertEquals(sg.gradcheck(attend, {batch}, {detached = "constant"}).verdict, "pass")
  local function sampled(a) return sg.gumbel_softmax(a) end
  lu.assertEquals(sg.gradcheck(sampled, {batch}, {detached = "constant"}).verdict, "pass")
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
