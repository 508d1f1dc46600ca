-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Whole tensors compared, as true or false:
--   sg.equal(a, b), a:equal(b): the same shape and the same elements; a NaN equals nothing
--   sg.allclose(a, b, {rtol = 1e-5, atol = 1e-8, equal_nan = false}), a:allclose(...): every element of sg.isclose

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"

local function all(answers) return core.all(answers):item() end

local function same_shape(a, b)
  return table.concat(a.shape, ",") == table.concat(b.shape, ",")
end

local comparison = {}

function comparison.equal(a, b)
  arguments.tensor("equal", "a", a)
  arguments.tensor("equal", "b", b)
  return same_shape(a, b) and all(core.eq(a, b))
end

function comparison.allclose(a, b, options)
  arguments.tensor("allclose", "a", a)
  arguments.tensor("allclose", "b", b)
  return all(core.isclose(a, b, options))
end

arguments.strict_functions("", comparison)
for name, f in pairs(comparison) do core.methods[name] = f end
return comparison
