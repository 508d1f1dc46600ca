-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Normalizing functions of x [N, C, L] whose derivative takes its means or statistics over something else, puts
-- gamma in another place, or forgets a part. With `over` a mean over some elements of x, spread over them again,
--
--   dx = rstd (gamma dy - over(gamma dy) - xhat over(gamma dy xhat))
local sg = require "selenograd"
local s = require "mutants.support"

local eps = 1e-5

-- ---- Means of x [N, C, L], as tensors of that shape ----

local function over(...)
  local dims = {...}
  return function(t) return s.expand(s.mean(t, dims), t) end
end

-- Over the length and over groups of channels that lie side by side, or take turns; `batch`: over that too.
local function over_groups(count, interleaved, batch)
  return function(t)
    local n, c, l = table.unpack(t.shape)
    local split = t:reshape(interleaved and {n, c // count, count, l} or {n, count, c // count, l})
    local dims = {interleaved and 2 or 3, 4}
    if batch then dims[3] = 1 end
    return s.expand(s.mean(split, dims), split):reshape(t.shape)
  end
end

-- `mean`, but without what is at one index along a dimension; 1 where that index is not.
local function all_but(shape, dim, index)
  local size = {}
  for d = 1, #shape do size[d] = d == dim and shape[d] or 1 end
  return 1 - s.single(size, index, 1)
end

local function without(mean, dim, index)
  return function(t) return mean(t * all_but(t.shape, dim, index)) end
end

-- Nothing where the index along the dimension is this one.
local function not_at(mean, dim, index)
  return function(t) return mean(t) * all_but(t.shape, dim, index) end
end

-- ---- The op ----

local function normalize(x, mean)
  local centred = x - mean(x)
  local rstd = sg.rsqrt(mean(centred * centred) + eps)
  return centred * rstd, rstd
end

local function op_of(mean, parameter)
  return function(m)
    local function forward(ctx, x, gamma, beta)
      ctx:save(x, gamma)
      return normalize(x, mean) * gamma:reshape(parameter) + beta:reshape(parameter)
    end
    local function backward(ctx, dy)
      local x, gamma = ctx:saved()
      local wide = gamma:reshape(parameter)
      local xhat, rstd = normalize(x, m.whole or mean)
      if m.statistics then xhat, rstd = m.statistics(x, xhat, rstd) end
      local of_mean, of_xhat = m.first or m.whole or mean, m.second or m.whole or mean
      local g = dy * wide
      local first, second = of_mean(m.plain_first and dy or g), of_xhat((m.plain_second and dy or g) * xhat)
      if m.evaluating then first, second = first * 0, second * 0 end
      local dx = rstd * ((m.late and dy or g) - first - xhat * second)
      if m.late then dx = dx * wide end
      local kept = m.sums or function(t) return t end
      return dx, s.sum_to(kept(dy * xhat), wide):reshape(gamma.shape), s.sum_to(kept(dy), wide):reshape(gamma.shape)
    end
    return {forward = forward, backward = backward}
  end
end

local function family(name, group, shape, parameter, gamma, mean, mistakes)
  local function inputs()
    return {s.normal(211, table.unpack(shape)), s.uniform(212, 0.5, 1.5, table.unpack(gamma)),
            s.normal(213, table.unpack(gamma))}
  end
  return {name = name, group = group, names = {"x", "gamma", "beta"}, inputs = inputs,
          mistakes = s.with_near_misses(mistakes), op = op_of(mean, parameter)}
end

-- ---- Mistakes ----

local function both(name, mean, says) return {name = name, first = mean, second = mean, says = says} end
local function whole(name, mean, says) return {name = name, whole = mean, says = says} end

local late = {
  {name = "gamma after the means", says = "gamma late", late = true, plain_first = true, plain_second = true},
  {name = "gamma missing in mean(dy)", says = "gamma in mean(dy)", plain_first = true},
  {name = "gamma missing in mean(dy xhat)", says = "gamma in mean(dy xhat)", plain_second = true},
}

local batch, layer, instance = over(1, 3), over(2, 3), over(3)

-- Running statistics that nobody is told of.
local function running(x, _, _)
  local mean, var = s.f64({0.1, -0.2, 0.3, 0.05}):reshape({1, 4, 1}), s.f64({0.9, 1.1, 1.3, 0.8}):reshape({1, 4, 1})
  local rstd = sg.rsqrt(var + eps)
  return (x - mean) * rstd, rstd
end
local function fresh(x)
  local rstd = x * 0 + 1 / math.sqrt(1 + eps)
  return x * rstd, rstd
end

return {
  family("batch norm [3, 4, 5]", "batch norm", {3, 4, 5}, {1, 4, 1}, {4}, batch, {
    {name = "mean(dy) over everything", first = over(1, 2, 3), says = "first over all"},
    {name = "mean(dy xhat) over everything", second = over(1, 2, 3), says = "second over all"},
    {name = "mean(dy) over L", first = over(3), says = "first over last"},
    {name = "mean(dy) over L, the other over N", first = over(3), second = over(1), says = "first over last"},
    both("means over groups of channels", over_groups(2, false, true), "groups"),
    both("means over alternating channels", over_groups(2, true, true), "interleaved"),
    whole("backward of instance norm", instance, "of instance"),
    whole("backward of layer norm", layer, "of layer"),
    both("last sample not in the means", without(batch, 1, 3), "without sample"),
    {name = "third position not in mean(dy)", first = without(batch, 3, 3), says = "without position"},
    {name = "mean(dy) forgotten in channel 2", first = not_at(batch, 2, 2), says = "in channel"},
    {name = "mean(dy xhat) forgotten in sample 1", second = not_at(batch, 1, 1), says = "in sample"},
    {name = "running statistics in the backward", statistics = running, says = "other statistics"},
    {name = "running statistics, taken as constants", statistics = running, evaluating = true,
     says = "other statistics, constants"},
    {name = "fresh running statistics", statistics = fresh, says = "fresh statistics"},
    {name = "fresh running statistics, taken as constants", statistics = fresh, evaluating = true,
     says = "fresh statistics, constants"},
    {name = "second sample not in the sums of gamma and beta", says = "slice forgotten",
     sums = function(t) return t * all_but(t.shape, 1, 2) end},
  }),
  family("layer norm [3, 4, 5]", "layer norm", {3, 4, 5}, {1, 4, 5}, {4, 5}, layer, s.joined(late, {
    {name = "mean(dy) over everything", first = over(1, 2, 3), says = "first over all"},
    {name = "mean(dy xhat) over L", second = over(3), says = "second over last"},
    whole("backward of batch norm", batch, "of batch"),
    whole("backward of instance norm", instance, "of instance"),
    {name = "gamma late and over L", first = over(3), second = over(3), late = true, plain_first = true,
     plain_second = true, says = "gamma late, over last"},
    {name = "mean(dy) forgotten in sample 2", first = not_at(layer, 1, 2), says = "in sample 2"},
  })),
  family("instance norm [3, 4, 5]", "instance norm", {3, 4, 5}, {1, 4, 1}, {4}, instance, {
    whole("backward of batch norm", batch, "of batch"),
    whole("backward of group norm", over_groups(2), "of group"),
    {name = "mean(dy) over the batch too", first = batch, says = "first over batch"},
  }),
  family("group norm [2, 6, 4]", "group norm", {2, 6, 4}, {1, 6, 1}, {6}, over_groups(3), s.joined(late, {
    both("two groups in the means", over_groups(2), "two groups"),
    both("six groups in the means", over(3), "axes"),
    both("alternating groups in the means", over_groups(3, true), "interleaved"),
    whole("backward with two groups", over_groups(2), "of group"),
    whole("backward with alternating groups", over_groups(3, true), "of interleaved"),
    whole("backward of layer norm", layer, "of layer"),
    {name = "mean(dy) over alternating groups", first = over_groups(3, true), says = "interleaved, first"},
  })),
  family("group norm [2, 6, 4], alternating", "group norm", {2, 6, 4}, {1, 6, 1}, {6}, over_groups(2, true), {
    both("means over groups side by side", over_groups(2), "two groups"),
    {name = "mean(dy) forgotten", first = function(t) return t * 0 end, says = "mean(dy), missing"},
  }),
}
