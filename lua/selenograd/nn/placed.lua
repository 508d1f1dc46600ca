-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Modules that are an op on images and take its first options by place.
--
--   placed("AvgPool2d", "avg_pool2d", {"kernel_size"}, 2)        nn.AvgPool2d(3, {stride = 2})
--   placed("Fold", "fold", {"output_size", "kernel_size"}, 2)    nn.Fold({4, 5}, 2, {padding = 1})
--
-- Sizes are a number or a list with one for each of `spatial` dimensions. Everything that the op gives is given.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local of_op = require("selenograd.nn.of_op").of_op

local function placed(name, op, places, spatial)
  local made, apply, sizes, names = of_op(name, op), sg[op], {}, {}
  for _, attribute in ipairs(sg.op_info(op).attributes) do
    names[#names + 1] = attribute.name
    if attribute.type == "integers" then sizes[#sizes + 1] = attribute.name end
  end
  local init, describe = made.init, made.extra_description

  local function start(self, given, options)
    for option, value in pairs(arguments.option_table(name, options)) do
      if given[option] ~= nil then fail("%s: %s is given twice", name, option) end
      given[option] = value
    end
    init(self, given)
    if self.stride and #self.stride == 0 then self.stride = self.kernel_size end
    for _, size in ipairs(sizes) do
      if #self[size] > 0 then self[size] = arguments.per_dimension(name, size, self[size], spatial) end
    end
  end

  local first, second = table.unpack(places)
  function made:init(a, options) start(self, {[first] = a}, options) end
  if second then
    function made:init(a, b, options) start(self, {[first] = a, [second] = b}, options) end
  end

  function made:forward(x)
    local options = {}
    for _, option in ipairs(names) do options[option] = self[option] end
    return apply(x, options)
  end

  -- What is not given and has no default is not shown.
  function made:extra_description()
    return (describe(self):gsub(", [%w_]+=%(%)", ""):gsub(", return_indices=false$", ""))
  end

  return made
end

return {placed = placed}
