-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What PyTorch's users know by other names, and what is a line of other functions. Each is there as a method,
-- x:clip(0, 1), and as a function, sg.clip(x, 0, 1); arguments stand as there, dimensions count from 1.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"
local other_names = require "selenograd.other_names"

-- ---- Compositions --------------------------------------------------------------------------------

local functions = {}

local function like(name, convert)
  return function(x, other)
    arguments.tensor(name, "x", x)
    arguments.tensor(name, "other", other)
    return convert(x, other)
  end
end

functions.expand_as = like("expand_as", function(x, other) return core.expand(x, {shape = other.shape}) end)
functions.view_as = like("view_as", function(x, other) return core.reshape(x, {shape = other.shape}) end)
functions.reshape_as = functions.view_as
functions.type_as = like("type_as", function(x, other) return x:to(other.dtype) end)

-- Zeros, ones and a number in a new tensor of x's dtype: x:new_zeros(2, 3), x:new_full({2, 3}, 5).
local function new(name, make)
  return function(x, ...)
    arguments.tensor(name, "x", x)
    local shape = {...}
    if #shape == 1 and type(shape[1]) == "table" then shape = shape[1] end
    return make(shape, {dtype = x.dtype})
  end
end

functions.new_zeros = new("new_zeros", core.zeros)
functions.new_ones = new("new_ones", core.ones)

function functions.new_full(x, shape, value)
  arguments.tensor("new_full", "x", x)
  return core.full(shape, value, {dtype = x.dtype})
end

-- Columns, or rows, in the opposite order.
function functions.fliplr(x) return core.flip(x, {2}) end
function functions.flipud(x) return core.flip(x, {1}) end

-- Each element of a dimension less the one before it, n times; x has floating numbers or integers.
function functions.diff(x, n, dim)
  arguments.tensor("diff", "x", x)
  n, dim = arguments.whole("diff", "n", n or 1, 0), arguments.whole("diff", "dim", dim or -1, math.mininteger)
  for _ = 1, n do
    local size = x.shape[dim < 0 and #x.shape + 1 + dim or dim]
    if not size then fail("diff: dimension %s is outside of x, a tensor %s", dim, x.shape) end
    if size == 0 then return x end
    x = core.narrow(x, dim, 2, size - 1) - core.narrow(x, dim, 1, size - 1)
  end
  return x
end

function functions.isposinf(x) return core.eq(x, 1 / 0) end
function functions.isneginf(x) return core.eq(x, -1 / 0) end
function functions.deg2rad(x) return core.mul(x, math.pi / 180) end
function functions.rad2deg(x) return core.mul(x, 180 / math.pi) end

-- ---- As functions and as methods -------------------------------------------------------------------

arguments.strict_functions("", functions)
for name, original in next, other_names do functions[name] = core[original] end
for name, f in next, functions do core.methods[name] = f end
core.methods.tolist = core.methods.totable
core.methods.concat, core.methods.concatenate = nil, nil -- of a list of tensors
return functions
