-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Normalizing functions written in Lua: one forward and one analytic backward for all of them. With rows of M
-- elements to normalize, rstd = (var + eps)^(-1/2), xhat = (x - mean) rstd and d_xhat = gamma dy,
--
--   dx      = rstd (d_xhat - mean(d_xhat) - xhat mean(d_xhat xhat))
--   d_gamma = sum of dy xhat,   d_beta = sum of dy        over what gamma and beta are broadcast to
--
-- (S. Ioffe, C. Szegedy, "Batch Normalization", 2015, solved for dx; the root mean square has neither mean nor its
-- term.) What a layout is: how x is viewed, the dimensions of the statistics, the view of gamma and beta.
local sg = require "selenograd"
local s = require "mutants.support"

local eps = 1e-5

local function power(x, exponent)
  local result = x * 0 + 1
  for _ = 1, exponent do result = result * x end
  return result
end

local function statistics(x, layout)
  local mean = layout.centred and s.mean(x, layout.dim) or s.mean(x, layout.dim) * 0
  local centred = x - mean
  return mean, s.mean(centred * centred, layout.dim)
end

-- 1 / sqrt(var + eps) as the backward sees it.
local function spread(var, m)
  if m.eps_outside then return 1 / (sg.sqrt(var) + eps) end
  return sg.rsqrt(var * (m.var_factor or 1) + eps * (m.eps_count or 1))
end

local function parameter_gradient(terms, like, m)
  if m.parameter == "mean" then return s.like(s.sum_to(terms, like), like) * (like:numel() / terms:numel()) end
  if m.parameter == "first" then return terms[{ {1, 1} }]:sum_to(like.shape) end
  return s.sum_to(terms, like)
end

local function d_input(dy, xhat, rstd, gamma, layout, m)
  local d_xhat = dy * power(gamma, m.gamma_power or 1)
  local dim, count = m.dim or layout.dim, 1
  for _, d in ipairs(layout.dim) do count = count * dy:size(d) end
  local bessel = count / (count - 1)
  local of_mean = (m.mean or 1) * (m.mean_bessel and bessel or 1) * (layout.centred and 1 or 0)
  local of_xhat = (m.xhat or 1) * (m.xhat_bessel and bessel or 1)
  local inner = d_xhat * (m.dy or 1) - of_mean * s.mean(d_xhat, dim)
    - of_xhat * (m.xhat_factor and m.xhat_factor(xhat) or xhat) * s.mean(d_xhat * xhat, dim)
  return inner * power(rstd, m.rstd_power or 1)
end

-- The op of a layout, with the switches of a mistake (none: the right one).
local function normalization(layout, m)
  local function forward(ctx, x, gamma, beta)
    local v = x:reshape(layout.view)
    local mean, var = statistics(v, layout)
    ctx:save(x, gamma)
    local xhat = (v - mean) * sg.rsqrt(var + eps)
    local y = xhat * gamma:reshape(layout.parameter)
    if beta then y = y + beta:reshape(layout.parameter) end
    return y:reshape(layout.shape)
  end
  local function backward(ctx, cotangent)
    local x, gamma = ctx:saved()
    local v, dy = x:reshape(layout.view), cotangent:reshape(layout.view)
    local mean, var = statistics(v, layout)
    if m.running then mean, var = mean * 0, var * 0 + 1 end
    local rstd = spread(var, m)
    local xhat = (v - mean) * rstd
    local wide = gamma:reshape(layout.parameter)
    local dx = d_input(dy, xhat, rstd, wide, layout, m):reshape(layout.shape)
    local d_gamma = parameter_gradient(m.gamma_terms and m.gamma_terms(dy, xhat, v, wide) or dy * xhat, wide, m)
    d_gamma = d_gamma:reshape(gamma.shape)
    if not layout.centred then return dx, d_gamma end
    local d_beta = parameter_gradient(m.beta_terms and m.beta_terms(dy, wide) or dy, wide, m):reshape(gamma.shape)
    return dx, d_gamma, d_beta
  end
  return {forward = forward, backward = backward}
end

-- ---- Mistakes ----

local core = {
  {name = "mean(dy) dropped", says = "mean(dy), missing", mean = 0},
  {name = "xhat mean(dy xhat) dropped", says = "xhat, missing", xhat = 0},
  {name = "sign of mean(dy)", says = "mean(dy), wrong sign", mean = -1},
  {name = "sign of xhat mean(dy xhat)", says = "xhat, wrong sign", xhat = -1},
  {name = "statistics taken as constants", says = "mean(dy), xhat, missing", mean = 0, xhat = 0},
  {name = "gamma missing in dx", says = "gamma, missing", gamma_power = 0},
  {name = "rstd missing", says = "rstd, missing", rstd_power = 0},
  {name = "rstd squared", says = "rstd, twice", rstd_power = 2},
  {name = "n-1 for n in xhat mean(dy xhat)", says = "xhat, bessel", xhat_bessel = true},
  {name = "eps forgotten", says = "eps, missing", eps_count = 0},
  {name = "eps outside the root", says = "eps, outside", eps_outside = true},
  s.sign(1), s.relative(1, 1e-5), s.entry_doubled(1, 7), s.cotangent_clipped(),
}
local rms_core = { -- without the mean
  {name = "xhat mean(dy xhat) dropped", says = "xhat, missing", xhat = 0},
  {name = "xhat mean(dy xhat) doubled", says = "xhat, doubled", xhat = 2},
  {name = "sign of xhat mean(dy xhat)", says = "xhat, wrong sign", xhat = -1},
  {name = "gamma missing in dx", says = "gamma, missing", gamma_power = 0},
  {name = "rstd missing", says = "rstd, missing", rstd_power = 0},
  {name = "rstd cubed", says = "rstd, three times", rstd_power = 3},
  {name = "eps forgotten", says = "eps, missing", eps_count = 0},
  {name = "eps outside the root", says = "eps, outside", eps_outside = true},
  {name = "d_gamma of x", says = "sum of dy x", gamma_terms = function(dy, _, x) return dy * x end},
  s.sign(1), s.sign(2), s.relative(1, 1e-6), s.entry_zero(1, 5), s.roll(1),
}
local more = {
  {name = "mean(dy) doubled", says = "mean(dy), doubled", mean = 2},
  {name = "mean(dy) halved", says = "mean(dy), halved", mean = 0.5},
  {name = "xhat mean(dy xhat) doubled", says = "xhat, doubled", xhat = 2},
  {name = "xhat mean(dy xhat) halved", says = "xhat, halved", xhat = 0.5},
  {name = "dy dropped", says = "dy, missing", dy = 0},
  {name = "dy doubled", says = "dy, doubled", dy = 2},
  {name = "n-1 for n in mean(dy)", says = "mean(dy), bessel", mean_bessel = true},
  {name = "n-1 for n in both means", says = "mean(dy), xhat, bessel", mean_bessel = true, xhat_bessel = true},
  {name = "unbiased variance in the backward", says = "unbiased variance", var_factor = 16 / 15},
  {name = "eps twice", says = "eps, twice", eps_count = 2},
  {name = "gamma squared in dx", says = "gamma, twice", gamma_power = 2},
  {name = "rstd cubed", says = "rstd, three times", rstd_power = 3},
  {name = "xhat squared in its term", xhat_factor = function(xhat) return xhat * xhat end},
  {name = "sign of xhat in its term lost", xhat_factor = function(xhat) return xhat:abs() end},
  {name = "running statistics", running = true},
  {name = "d_gamma of x", says = "sum of dy x", gamma_terms = function(dy, _, x) return dy * x end},
  {name = "d_gamma without xhat", says = "sum of dy", gamma_terms = function(dy) return dy end},
  {name = "d_gamma with gamma", says = "sum of dy xhat gamma", gamma_terms = function(dy, xhat, _, gamma)
    return dy * xhat * gamma
  end},
  {name = "d_beta with gamma", says = "sum of dy gamma", beta_terms = function(dy, gamma) return dy * gamma end},
  {name = "parameters averaged, not summed", says = "factor", parameter = "mean"},
  {name = "parameters from the first sample", says = "slice", parameter = "first"},
  s.exchange(2, 3), s.sign(2), s.sign(3), s.factor(3, 0.5), s.zero(2), s.missing(3),
  s.relative(1, 1e-4), s.relative(1, 1e-6), s.relative(2, 1e-6), s.relative(3, 1e-6),
  s.entry_zero(1, 30), s.entry_nan(1, 3), s.entry_infinite(2, 1), s.entry_doubled(2, 2), s.factor(1, 2), s.zero(1),
  s.roll(1), s.roll(2), s.cotangent_ignored(), s.cotangent_positive(), s.cotangent_squared(), s.cotangent_relu(),
  {name = "one channel zero", after = function(list)
    list[1] = list[1] * s.f64({1, 1, 0, 1})
    return list
  end},
  {name = "mean over the wrong dimension", says = "axes", dim = {2}},
  {name = "wrong sample first", after = function(list)
    list[1] = sg.cat({list[1][{ {2, 16} }], list[1][{ {1, 1} }]}, 1)
    return list
  end},
}

-- ---- Families ----

-- options: view, shape, dim, parameter, parameter_shape; scale and mean of x; centred (default true).
local function family(name, group, o, mistakes)
  local layout = {shape = o.shape, view = o.view or o.shape, dim = o.dim, parameter = o.parameter,
                  centred = o.centred ~= false}
  local function inputs()
    local x = s.normal(11, table.unpack(o.shape)) * (o.scale or 1) + (o.mean or 0)
    local gamma = s.uniform(12, 0.5, 1.5, table.unpack(o.gamma))
    if not layout.centred then return {x, gamma} end
    return {x, gamma, s.normal(13, table.unpack(o.gamma))}
  end
  return {name = name, group = group, names = {"x", "gamma", "beta"}, inputs = inputs, mistakes = mistakes,
          op = function(m) return normalization(layout, m) end}
end

local function batch(rows, scale, mean)
  return {shape = {rows, 4}, dim = {1}, parameter = {1, 4}, gamma = {4}, scale = scale, mean = mean}
end

local function pick(list, ...)
  local wanted, result = {}, {}
  for _, name in ipairs {...} do wanted[name] = true end
  for _, m in ipairs(list) do
    if wanted[m.name] then result[#result + 1] = m end
    wanted[m.name] = nil
  end
  assert(not next(wanted), next(wanted))
  return result
end

local blunt = {"mean(dy) dropped", "xhat mean(dy xhat) dropped", "rstd missing", "gradient 1 with the sign flipped",
               "gradient 1 with entry 7 doubled"}
local length = {shape = {3, 4, 4}, dim = {1, 3}, parameter = {1, 4, 1}, gamma = {4}}
local long = {shape = {1024, 1}, dim = {1}, parameter = {1, 1}, gamma = {1}}
local wide = {shape = {256, 4}, dim = {1}, parameter = {1, 4}, gamma = {4}}

return {
  family("batch norm (16, 4)", "batch norm", batch(16), s.joined(core, more)),
  family("batch norm (3, 4, 4)", "batch norm", length, s.joined(core, {
    s.transpose(1), s.roll(1), {name = "mean over the length only", says = "axes", dim = {3}},
    {name = "mean over the batch only", says = "axes", dim = {1}}})),
  family("batch norm (2, 3, 3, 3)", "batch norm",
    {shape = {2, 3, 3, 3}, dim = {1, 3, 4}, parameter = {1, 3, 1, 1}, gamma = {3}},
    s.joined(core, {s.transpose(1), s.transpose(1, 2, 3),
                    {name = "mean over each image", says = "axes", dim = {3, 4}}})),
  family("batch norm (1024, 1)", "batch norm", long,
    s.joined(pick(core, "n-1 for n in xhat mean(dy xhat)", "eps forgotten"), {
      s.entry_doubled(1, 500), s.entry_zero(1, 1024), pick(more, "n-1 for n in mean(dy)")[1]})),
  family("batch norm (256, 4)", "batch norm", wide, s.joined(pick(core, "n-1 for n in xhat mean(dy xhat)",
    "xhat mean(dy xhat) dropped", "eps forgotten", "gradient 1 with the sign flipped"), {s.entry_doubled(1, 700)})),
  family("batch norm, x of size 1e6", "batch norm", batch(16, 1e6),
    s.joined(pick(core, table.unpack(blunt)), {s.relative(1, 1e-5), s.factor(1, 2), s.zero(1)})),
  family("batch norm, x of size 1e-6", "batch norm", batch(16, 1e-6),
    s.joined(pick(core, "mean(dy) dropped", "rstd missing", "gradient 1 with the sign flipped",
               "gradient 1 with entry 7 doubled"),
      {s.relative(1, 1e-5), s.zero(2), s.sign(2)})),
  family("batch norm, mean 1e4", "batch norm", batch(16, 1, 1e4),
    s.joined(pick(core, table.unpack(blunt)), {s.relative(1, 1e-5)})),
  family("layer norm (4, 6)", "layer norm", {shape = {4, 6}, dim = {2}, parameter = {1, 6}, gamma = {6}},
    s.joined(core, {{name = "mean over the batch", says = "axes", dim = {1}}, s.exchange(2, 3),
                    s.relative(2, 1e-5)})),
  family("layer norm (3, 2, 5)", "layer norm",
    {shape = {3, 2, 5}, dim = {2, 3}, parameter = {1, 2, 5}, gamma = {2, 5}}, core),
  family("group norm (2, 6, 4)", "group norm",
    {shape = {2, 6, 4}, view = {2, 3, 2, 4}, dim = {3, 4}, parameter = {1, 3, 2, 1}, gamma = {6}},
    s.joined(core, {{name = "mean over one channel", says = "axes", dim = {4}},
                    {name = "mean over all groups", says = "axes", dim = {2, 3, 4}}})),
  family("instance norm (2, 3, 8)", "instance norm",
    {shape = {2, 3, 8}, dim = {3}, parameter = {1, 3, 1}, gamma = {3}},
    s.joined(core, {{name = "mean over the batch too", says = "axes", dim = {1, 3}}, s.cotangent_ignored()})),
  family("rms norm (4, 6)", "rms norm",
    {shape = {4, 6}, dim = {2}, parameter = {1, 6}, gamma = {6}, centred = false}, rms_core),
}
