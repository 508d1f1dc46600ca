-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Functions that do something they must not: draw anew, remember, write what is not theirs, return what does not
-- fit; and long chains with one wrong link.
local sg = require "selenograd"
local s = require "mutants.support"

local function family(name, op, mistakes, compose, shapes, right)
  local function inputs()
    local list = {}
    for i, shape in ipairs(shapes or {{3, 4}}) do list[i] = s.away_from_zero(120 + i, 0.2, table.unpack(shape)) end
    return list
  end
  return {name = name, group = "misbehaviour", names = {"x", "gamma"}, inputs = inputs, op = op,
          mistakes = mistakes, compose = compose, right = right}
end

-- x tanh(x), in whose forward and backward a mistake puts its own step.
local function gate(m)
  local calls, memory = {forward = 0, backward = 0}, {}
  return {
    forward = function(ctx, x)
      calls.forward = calls.forward + 1
      ctx:save(x)
      memory.x = x
      local y = x * x:tanh()
      return m.forward and m.forward(y, calls.forward, memory, x) or y
    end,
    backward = function(ctx, dy)
      calls.backward = calls.backward + 1
      local x = ctx:saved()
      if m.remembered then x = memory.x:detach() end
      local y = x:tanh()
      local dx = dy * (y + x * (1 - y * y))
      return m.backward and m.backward(dx, dy, calls.backward, memory, x) or dx
    end,
  }
end

local function doing(name, fields)
  fields.name = name
  return fields
end

local function first_result(y, _, memory)
  memory.first = memory.first or y
  return memory.first
end

local function accumulated(dx, _, _, memory)
  memory.total = memory.total and memory.total + dx or dx
  return memory.total
end

local misdeeds = {
  doing("forward counts its calls", {says = "deterministic", forward = function(y, n)
    return y * (1 + n * 1e-3)
  end}),
  doing("forward differs in the last digits", {says = "deterministic", forward = function(y, n)
    return y * (1 + n * 1e-13)
  end}),
  doing("forward returns its first result for ever", {forward = first_result}),
  doing("forward writes its input", {says = "writes", raises = "place", forward = function(y, _, _, x)
    x:detach():mul_(1.5)
    return y
  end}),
  doing("backward counts its calls", {says = "state", backward = function(dx, _, n)
    return dx * (1 + (n - 1) * 1e-3)
  end}),
  doing("backward accumulates", {says = "state", backward = accumulated}),
  doing("backward is doubled from its third call", {says = "state", backward = function(dx, _, n)
    return n > 2 and dx * 2 or dx
  end}),
  doing("backward writes its cotangent", {says = "writes", raises = "place", backward = function(dx, dy)
    dy:detach():mul_(2)
    return dx
  end}),
  doing("backward writes what was saved", {says = "writes", raises = "place", backward = function(dx, _, _, _, x)
    x:detach():mul_(1.5)
    return dx
  end}),
  doing("gradient of shape (4, 3)", {says = "shape", raises = "shape", backward = function(dx)
    return dx:reshape({4, 3})
  end}),
  doing("gradient is one number", {says = "shape", raises = "shape", backward = function(dx) return dx:sum() end}),
  doing("gradient of the first row", {says = "shape", raises = "shape", backward = function(dx) return dx[1] end}),
  doing("gradient plus a constant", {says = "linear", backward = function(dx) return dx + 1e-4 end}),
  doing("gradient plus a constant, forgotten at zero", {backward = function(dx, dy)
    return dx + 1e-3 * (dy:abs():sum():item() > 0 and 1 or 0)
  end}),
  doing("gradient NaN where the cotangent is negative", {says = "finite", backward = function(dx, dy)
    return dx + sg.log(dy:sign() + 1) * 0
  end}),
  doing("gradient all NaN", {says = "finite", backward = function(dx) return dx * (0 / 0) end}),
  doing("gradient limited to [-1, 1]", {says = "linear", backward = function(dx) return dx:clamp(-1, 1) end}),
  doing("gradient normalized", {says = "linear", backward = function(dx) return dx / sg.sqrt((dx * dx):sum()) end}),
  doing("gradient rounded to 1e-3", {says = "linear", backward = function(dx)
    return (dx * 1e3):to("i64"):to("f64") * 1e-3
  end}),
  s.cotangent_ignored(), s.cotangent_relu(), s.cotangent_squared(), s.cotangent_mean(),
}

local function twice(op) return function(x) return op(x) * 2 + op(x * 0.5) end end

-- x gamma, whose gradient is wrong for some of the subsets of inputs that need one.
local function selective(m)
  return {
    forward = function(ctx, x, gamma)
      ctx:save(x, gamma)
      return x * gamma
    end,
    backward = function(ctx, dy)
      local x, gamma = ctx:saved()
      local needs = ctx.needs_input_grad
      if m.wrong and m.wrong(needs[1], needs[2]) then return dy * gamma * 2, dy * x end
      return dy * gamma, dy * x
    end,
  }
end
local function only_x() -- x is checked, gamma is not
  local x = s.normal(131, 3, 4)
  x.requires_grad = true
  return {x, s.normal(132, 3, 4)}
end
local function both() return {s.normal(131, 3, 4), s.normal(132, 3, 4)} end

-- Dropout with p = 1/2; the mask is drawn in forward and kept.
local function dropout(m)
  return {
    forward = function(ctx, x)
      local mask = s.above(sg.rand(x.shape, {dtype = "f64"}), 0.5)
      ctx:save(mask)
      return x * mask * 2
    end,
    backward = function(ctx, dy)
      local mask = ctx:saved()
      if m.redrawn then mask = s.above(sg.rand(dy.shape, {dtype = "f64"}), 0.5) end
      if m.everywhere then mask = mask * 0 + 1 end
      if m.inverted then mask = 1 - mask end
      return dy * mask * (m.factor or 2)
    end,
  }
end

local links = 30
local function chain(op, m)
  return function(x)
    for i = 1, links do
      x = i == (m.link or 15) and op(x) or x + sg.sin(x) * 0.3
    end
    return x
  end
end
local function link(m)
  return {
    forward = function(ctx, x)
      ctx:save(x)
      return x + sg.sin(x) * 0.3
    end,
    backward = function(ctx, dy)
      local x = ctx:saved()
      return dy * (1 + sg.cos(x) * 0.3) * (m.factor or 1) + (m.constant or 0)
    end,
  }
end

return {
  family("gate", gate, misdeeds),
  family("gate, called twice", gate, {
    doing("backward uses the last forward", {remembered = true}), s.relative(1, 1e-6), s.cotangent_clipped(),
  }, twice),
  family("dropout", dropout, {
    {name = "mask drawn anew in backward", redrawn = true}, {name = "no mask in backward", everywhere = true},
    {name = "scale forgotten", factor = 1, says = "factor"}, {name = "mask inverted", inverted = true},
    {name = "scale 1 - p", factor = 0.5, says = "factor"},
  }),
  family("product for some inputs", selective, {
    {name = "wrong when only x needs it", wrong = function(x, gamma) return x and not gamma end, inputs = only_x},
    {name = "wrong when both need it", wrong = function(x, gamma) return x and gamma end, inputs = both},
    {name = "wrong when gamma is not asked for", wrong = function(_, gamma) return not gamma end, inputs = only_x},
  }, nil, {{3, 4}, {3, 4}}),
  family("chain of 30", link, {
    {name = "first link wrong by 1e-5", link = 1, factor = 1 + 1e-5},
    {name = "middle link doubled", link = 15, factor = 2, says = "factor"},
    {name = "last link wrong by 1e-6", link = 30, factor = 1 + 1e-6},
    {name = "middle link without gradient", link = 15, factor = 0, says = "zero"},
    {name = "middle link plus 1e-4", link = 15, constant = 1e-4},
  }, chain),
}
