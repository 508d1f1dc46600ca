-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Modules that are an op with its options.
--
--   of_op("ReLU", "relu")                               nn.ReLU()
--   of_op("Flatten", "flatten", {start_dim = 2})        nn.Flatten({start_dim = 2, end_dim = -1})
--
-- Names, defaults and ranges of the options are those of the op's descriptor; the third argument holds defaults
-- that are the module's own. Every option is a field of the module, which forward hands to the op.

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local Module = require("selenograd.nn.module").Module

-- A value of an option as print shows it: 1, 0.5, (2, 2), mean.
local function text(value)
  if type(value) == "table" then
    local words = {}
    for i, item in ipairs(value) do words[i] = text(item) end
    return "(" .. table.concat(words, ", ") .. ")"
  end
  return math.type(value) == "float" and ("%g"):format(value) or tostring(value)
end

-- The class of an op with one input or two, its first result.
local function of_op(name, op, defaults)
  local made, apply, names = Module:extend(name), sg[op], {}
  local of_two = #sg.op_info(op).inputs == 2
  for i, attribute in ipairs(sg.op_info(op).attributes) do names[i] = attribute.name end
  if #names == 0 then
    function made:forward(x) return (apply(x)) end
    return made
  end

  function made:init(options)
    for option, value in pairs((arguments.op_options(name, op, options, defaults))) do self[option] = value end
  end

  local function options_of(self)
    local options = {}
    for _, option in ipairs(names) do options[option] = self[option] end
    return options
  end

  if of_two then
    function made:forward(x1, x2) return (apply(x1, x2, options_of(self))) end
  else
    function made:forward(x) return (apply(x, options_of(self))) end
  end

  function made:extra_description()
    local words = {}
    for i, option in ipairs(names) do words[i] = option .. "=" .. text(self[option]) end
    return table.concat(words, ", ")
  end

  return made
end

return {of_op = of_op, text = text}
