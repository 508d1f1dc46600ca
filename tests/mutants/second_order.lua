-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Gradients that are right, and wrong when they are differentiated again: part of the backward is cut off from the
-- graph, or its own derivative is wrong.
local sg = require "selenograd"
local s = require "mutants.support"

local check = {order = 2}

local function away(seed, ...) return s.away_from_zero(seed, 0.2, ...) end

local function family(name, shapes, f, gradients, mistakes)
  return {name = name, group = "second order", names = {"x", "gamma"}, mistakes = mistakes, check = check,
          inputs = s.filled(away, 100, shapes), op = s.of_arguments(f, gradients)}
end

local function gradients(name, f) return {name = name, gradients = f} end

-- The tanh whose own gradient is wrong by a factor.
local function crooked_tanh(factor)
  return sg.op {
    forward = function(ctx, x)
      ctx:save(x)
      return x:tanh()
    end,
    backward = function(ctx, dy)
      local x = ctx:saved()
      local y = x:tanh()
      return dy * (1 - y * y) * factor
    end,
  }
end
local doubled_tanh, nearly_tanh = crooked_tanh(2), crooked_tanh(1 + 1e-5)
local function tanh_gradient(tanh)
  return function(dy, x)
    local y = tanh(x)
    return dy * (1 - y * y)
  end
end

-- Normalization over a dimension; `cut` names what is cut off from the graph in the backward.
local function normalize(dim)
  return function(x, gamma)
    local centred = x - s.mean(x, dim)
    return centred * sg.rsqrt(s.mean(centred * centred, dim) + 1e-5) * gamma
  end
end
local function normalize_gradient(dim, cut)
  return function(dy, x, gamma)
    local function keep(name, value) return cut == name and value:detach() or value end
    local centred = x - keep("mean", s.mean(x, dim))
    local rstd = keep("rstd", sg.rsqrt(s.mean(centred * centred, dim) + 1e-5))
    local xhat = keep("xhat", centred * rstd)
    local d = dy * keep("gamma", gamma)
    local projection = keep("projection", s.mean(d * xhat, dim))
    return rstd * (d - s.mean(d, dim) - xhat * projection), s.sum_to(dy * xhat, gamma)
  end
end

local function normalization(name, shape, dim, parameter)
  local mistakes = {}
  for _, cut in ipairs {"mean", "rstd", "xhat", "gamma", "projection"} do
    mistakes[#mistakes + 1] = gradients(cut .. " without graph", normalize_gradient(dim, cut))
  end
  return family(name, {shape, parameter}, normalize(dim), normalize_gradient(dim), mistakes)
end

return {
  family("tanh, twice", {{3, 3}}, sg.tanh, tanh_gradient(sg.tanh), {
    gradients("y without graph", function(dy, x)
      local y = sg.tanh(x):detach()
      return dy * (1 - y * y)
    end),
    gradients("one y of two without graph", function(dy, x)
      local y = sg.tanh(x)
      return dy * (1 - y * y:detach())
    end),
    gradients("second derivative doubled", tanh_gradient(doubled_tanh)),
    gradients("second derivative wrong by 1e-5", tanh_gradient(nearly_tanh)),
    gradients("cotangent without graph", function(dy, x)
      local y = sg.tanh(x)
      return dy:detach() * (1 - y * y)
    end),
  }),
  family("cube, twice", {{3, 3}}, function(x) return x * x * x end, function(dy, x) return dy * x * x * 3 end, {
    gradients("one x of two without graph", function(dy, x) return dy * x * x:detach() * 3 end),
    gradients("x without graph", function(dy, x) return dy * x:detach() * x:detach() * 3 end),
    gradients("nothing with graph", function(dy, x) return (dy * x * x * 3):detach() end),
  }),
  normalization("batch norm (6, 3), twice", {6, 3}, {1}, {3}),
  normalization("layer norm (3, 5), twice", {3, 5}, {2}, {5}),
}
