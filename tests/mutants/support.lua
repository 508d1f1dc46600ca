-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the families of wrong derivatives share: inputs that are the same in every run, small tensor helpers, and
-- the mistakes that can be made in any backward.
local sg = require "selenograd"

local support = {}
local f64 = {dtype = "f64"}

-- ---- Inputs ----

-- Standard normal numbers, the same for the same seed whatever else has drawn.
function support.normal(seed, ...)
  local state = sg.get_rng_state()
  sg.manual_seed(seed)
  local x = sg.randn({...}, f64)
  sg.set_rng_state(state)
  return x
end

function support.uniform(seed, low, high, ...)
  local state = sg.get_rng_state()
  sg.manual_seed(seed)
  local x = sg.rand({...}, f64)
  sg.set_rng_state(state)
  return x * (high - low) + low
end

-- Normal numbers whose size is at least `distance`, so that a kink at 0 is that far away.
function support.away_from_zero(seed, distance, ...)
  local x = support.normal(seed, ...)
  return x + x:sign() * distance
end

-- n different numbers in random order, `gap` apart.
function support.distinct(seed, gap, ...)
  local shape = {...}
  local n = 1
  for _, extent in ipairs(shape) do n = n * extent end
  local state = sg.get_rng_state()
  sg.manual_seed(seed)
  local x = (sg.randperm(n):to("f64") - n / 2) * gap
  sg.set_rng_state(state)
  return x:reshape(shape)
end

function support.f64(values) return sg.tensor(values, f64) end
function support.i64(values) return sg.tensor(values, {dtype = "i64"}) end
function support.zeros(shape) return sg.zeros(shape, f64) end
function support.ones(shape) return sg.ones(shape, f64) end

-- ---- Tensors ----

function support.sum(x, dim) return sg.sum(x, {dim = dim, keepdim = true}) end
function support.mean(x, dim) return sg.mean(x, {dim = dim, keepdim = true}) end
function support.sum_to(x, y) return sg.sum_to(x, {shape = y.shape}) end
function support.expand(x, y) return sg.expand(x, {shape = y.shape}) end
function support.like(x, y) return sg.reshape(x, {shape = y.shape}) end
function support.transposed(x, first, second) return sg.transpose(x, {dim0 = first or -2, dim1 = second or -1}) end
function support.below(x, number) return sg.lt(x, number):to(x.dtype) end
function support.above(x, number) return sg.gt(x, number):to(x.dtype) end

-- 0 but for `value` at a position, counted from 1 in row-major order.
function support.single(shape, position, value)
  local x = support.zeros(shape)
  local flat = x:reshape({x:numel()})
  flat[position] = value
  return flat:reshape(shape)
end

-- The elements in row-major order, `by` positions further; the last ones come first.
function support.rolled(x, by)
  local n = x:numel()
  local flat = x:reshape({n})
  return sg.cat({flat[{ {n - by + 1, n} }], flat[{ {1, n - by} }]}, 1):reshape(x.shape)
end

-- ---- Mistakes that any backward can make ----
--
-- A mistake is a record: `name`; `says`, what the diagnosis has to name (see diagnosis.lua), when it is defined;
-- either switches that the family's own backward reads, or `before`, which spoils the cotangents, or `after`, which
-- spoils the gradients (both get and return a list).

local function nth(index, change)
  return function(list)
    list[index] = change(list[index])
    return list
  end
end

local function named(index, text, ...) return ("gradient %d "):format(index) .. text:format(...) end

function support.sign(index)
  return {name = named(index, "with the sign flipped"), says = "sign",
          after = nth(index, function(d) return -d end)}
end

function support.factor(index, factor, name)
  return {name = name or named(index, "times %g", factor), says = "factor",
          after = nth(index, function(d) return d * factor end)}
end

-- Wrong by a relative error, too small to be called a factor by everyone.
function support.relative(index, error)
  return {name = named(index, "with a relative error of %g", error),
          after = nth(index, function(d) return d * (1 + error) end)}
end

function support.zero(index)
  return {name = named(index, "zero"), says = "zero", after = nth(index, function(d) return d * 0 end)}
end

function support.missing(index)
  return {name = named(index, "not computed"), says = "zero", after = function(list)
    list[index] = false
    return list
  end}
end

function support.entry_doubled(index, position)
  return {name = named(index, "with entry %d doubled", position), says = "entry", after = nth(index, function(d)
    return d + d * support.single(d.shape, position, 1)
  end)}
end

function support.entry_zero(index, position)
  return {name = named(index, "with entry %d zero", position), says = "entry", after = nth(index, function(d)
    return d - d * support.single(d.shape, position, 1)
  end)}
end

function support.entry_nan(index, position)
  return {name = named(index, "with entry %d NaN", position), says = "finite", after = nth(index, function(d)
    return d + support.single(d.shape, position, 0 / 0)
  end)}
end

function support.entry_infinite(index, position)
  return {name = named(index, "with entry %d infinite", position), says = "finite", after = nth(index, function(d)
    return d + support.single(d.shape, position, math.huge)
  end)}
end

-- Every element of a gradient wrong by a share of its own, up to a thousandth.
local function disturbed(d)
  local n = d:numel()
  local share = sg.sin(sg.arange(n, {dtype = "f64"}):square() * 37 + 1) * 1e-3
  return d * (share + 1):reshape(d.shape)
end

-- What stays true of a gradient that is disturbed.
local lasting = {zero = true, finite = true, linear = true, reduction = true, ["slice forgotten"] = true}

-- The mistakes of a list, and beside each one that has a name another that is nearly it and must not be called so.
function support.with_near_misses(list)
  local result = {}
  for _, mistake in ipairs(list) do
    result[#result + 1] = mistake
    if mistake.says and not lasting[mistake.says] and not mistake.raises and not mistake.after then
      local near = {}
      for key, value in pairs(mistake) do near[key] = value end
      near.name, near.says, near.denies = mistake.name .. ", nearly", nil, mistake.says
      near.after = function(gradients)
        for i, d in ipairs(gradients) do gradients[i] = disturbed(d) end
        return gradients
      end
      result[#result + 1] = near
    end
  end
  return result
end

function support.roll(index)
  return {name = named(index, "rolled by one"), says = "roll",
          after = nth(index, function(d) return support.rolled(d, 1) end)}
end

function support.transpose(index, first, second)
  local which = first and (" (%d, %d)"):format(first, second) or ""
  return {name = named(index, "transposed%s", which), says = "transposed",
          after = nth(index, function(d) return support.transposed(d, first, second) end)}
end

function support.exchange(first, second)
  return {name = ("gradients %d and %d exchanged"):format(first, second), says = "exchanged", after = function(list)
    list[first], list[second] = list[second], list[first]
    return list
  end}
end

local function cotangent(name, change, says)
  return function() return {name = name, says = says, before = nth(1, change)} end
end

support.cotangent_ignored = cotangent("cotangent ignored", function(g) return g * 0 + 1 end)
support.cotangent_clipped = cotangent("cotangent clipped", function(g) return g:clamp(-1, 1) end, "linear")
support.cotangent_positive = cotangent("cotangent without sign", function(g) return g:abs() end, "linear")
support.cotangent_squared = cotangent("cotangent squared", function(g) return g * g end, "linear")
support.cotangent_relu = cotangent("negative cotangents dropped", function(g) return g:relu() end, "linear")
support.cotangent_mean = cotangent("cotangent averaged", function(g) return g * 0 + g:mean() end)

-- ---- Ops of a family: a right pair of functions, of which a mutant m replaces the derivative by m.gradients ----

-- gradients(cotangents ..., arguments ...)
function support.of_arguments(f, gradients)
  return function(m)
    return {
      forward = function(ctx, ...)
        ctx:save(...)
        return f(...)
      end,
      backward = function(ctx, first, second)
        local g = m.gradients or gradients
        if second then return g(first, second, ctx:saved()) end
        return g(first, ctx:saved())
      end,
    }
  end
end

-- gradients(cotangent, result, arguments ...)
function support.of_result(f, gradients)
  return function(m)
    return {
      forward = function(ctx, ...)
        local y = f(...)
        ctx:save(y, ...)
        return y
      end,
      backward = function(ctx, dy)
        local g = m.gradients or gradients
        return g(dy, ctx:saved())
      end,
    }
  end
end

-- A function that makes the i-th input by make(seed + i, sizes ...).
function support.filled(make, seed, shapes)
  return function()
    local list = {}
    for i, shape in ipairs(shapes) do list[i] = make(seed + i, table.unpack(shape)) end
    return list
  end
end

-- `list` and then `more`, as a new list.
function support.joined(list, more)
  local result = table.move(list, 1, #list, 1, {})
  return table.move(more, 1, #more, #result + 1, result)
end

return support
