-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- All cases as one list, made of the families. A family is a record:
--
--   name, group      of the family; the group is its row in the tables
--   inputs()         the point of the check: a list of f64 tensors, the same in every run
--   names            of the inputs
--   op(mistake)      {forward, backward}, for sg.op, with the switches of a mistake; op({}) is right
--   compose(op)      the function to check; without it, the op itself
--   check            options of the check (order, ...)
--   mistakes         records {name, says, denies, before, after, check, ...switches}, see support.lua
--   right            the verdict on the right twin: "pass" unless said otherwise; false: there is none
--
-- A case is {kind = "mutant" or "right" or "awkward", name, group, inputs, check, says, denies, raises, expect,
-- make},
-- where make() gives the function to check.
local sg = require "selenograd"

local cases = {}
local families = {
  "normalization", "normalization_composed", "normalization_means", "elementwise", "broadcasting", "reduction",
  "linear_algebra", "convolution", "loss", "indexing", "several_outputs", "second_order", "misbehaviour",
}
local awkward = {"awkward_scales", "awkward_kinks", "awkward_probes"}

-- The backward with what the mistake does before and after it.
local function spoil(backward, mistake)
  if not mistake.before and not mistake.after then return backward end
  return function(ctx, ...)
    local cotangents = {...}
    if mistake.before then cotangents = mistake.before(cotangents) end
    local count = select("#", ...)
    local gradients = table.pack(backward(ctx, table.unpack(cotangents, 1, count)))
    count = gradients.n
    if mistake.after then gradients = mistake.after(gradients) end
    return table.unpack(gradients, 1, count)
  end
end

local function make_op(family, mistake)
  local spec = family.op(mistake)
  return sg.op {forward = spec.forward, backward = spoil(spec.backward, mistake)}
end

local function options(family, mistake)
  local result = {names = family.names}
  for name, value in pairs(family.check or {}) do result[name] = value end
  for name, value in pairs(mistake.check or {}) do result[name] = value end
  return result
end

local function case_of(family, mistake, kind)
  return {
    kind = kind, group = family.group, name = ("%s: %s"):format(family.name, mistake.name or "right"),
    inputs = mistake.inputs or family.inputs, check = options(family, mistake),
    says = mistake.says, denies = mistake.denies,
    expect = kind == "right" and (family.right or "pass") or "fail", raises = mistake.raises,
    make = function()
      local op = family.op and make_op(family, mistake)
      return family.compose and family.compose(op, mistake) or op
    end,
  }
end

local function add_family(list, family)
  if family.right ~= false then list[#list + 1] = case_of(family, {}, "right") end
  for _, mistake in ipairs(family.mistakes) do list[#list + 1] = case_of(family, mistake, "mutant") end
end

-- An awkward function is {name, group, expect, inputs, f or op, check}: `f` is plain, `op` a record for sg.op.
local function add_awkward(list, record)
  list[#list + 1] = {
    kind = "awkward", group = record.group, name = record.name, inputs = record.inputs,
    check = record.check or {}, expect = record.expect,
    make = function()
      if record.f then return record.f end
      return make_op({op = function() return record.op end}, {})
    end,
  }
end

-- Every case whose name contains `filter` (nil: all), in a fixed order.
function cases.list(filter)
  local list, chosen, seen = {}, {}, {}
  for _, name in ipairs(families) do
    for _, family in ipairs(require("mutants." .. name)) do add_family(list, family) end
  end
  for _, name in ipairs(awkward) do
    for _, record in ipairs(require("mutants." .. name)) do add_awkward(list, record) end
  end
  for _, case in ipairs(list) do
    assert(not seen[case.name], case.name)
    seen[case.name] = true
    if not filter or case.name:find(filter, 1, true) then chosen[#chosen + 1] = case end
  end
  return chosen
end

return cases
