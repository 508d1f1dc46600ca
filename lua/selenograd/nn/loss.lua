-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Losses as modules. Their options are those of the ops (`selenograd ops cross_entropy`), and so are the tensors
-- after the target, which may be given once for all as an option or at each call.
--   nn.CrossEntropyLoss(options)(logits, labels): logits (N, classes), labels i64 (N), counted from 1
--   nn.CrossEntropyLoss({weight = w})(logits, labels), nn.CrossEntropyLoss()(logits, labels, w)
--   nn.MSELoss(options)(x, target): mean of (x - target)^2
-- A weight given as an option is a buffer of the module, or a parameter if it is an nn.Parameter.

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local class = require "selenograd.nn.class"

local function loss(name, op)
  local made = class.Module:extend(name)
  local info, tensors, defaults = sg.op_info(op), {}, {}
  for _, attribute in ipairs(info.attributes) do defaults[attribute.name] = attribute.default end
  for i = 3, #info.inputs do
    tensors[#tensors + 1] = info.inputs[i].name
    defaults[info.inputs[i].name] = false
  end

  function made:init(options)
    options = arguments.options(name, options, defaults)
    for _, attribute in ipairs(info.attributes) do
      local option = attribute.name
      if attribute.choices then arguments.choice(name, option, options[option], attribute.choices) end
    end
    for _, tensor in ipairs(tensors) do
      local given = options[tensor]
      options[tensor] = nil
      if class.is_parameter(given) then
        self:register_parameter(tensor, given)
      elseif given then
        self:register_buffer(tensor, given)
      end
    end
    self.options = options
  end

  function made:forward(x, target, ...)
    arguments.no_more(name, 2 + #tensors, 0, x, target, ...)
    local extra = {...}
    for i, tensor in ipairs(tensors) do
      local own = self[tensor]
      if extra[i] ~= nil then arguments.tensor(name, tensor, extra[i]) end
      if own ~= nil and extra[i] ~= nil then fail("%s: %s is given twice", name, tensor) end
      if own ~= nil then extra[i] = own end
    end
    extra[#tensors + 1] = self.options
    return sg[op](x, target, table.unpack(extra, 1, #tensors + 1))
  end

  return made
end

return {
  CrossEntropyLoss = loss("CrossEntropyLoss", "cross_entropy"),
  MSELoss = loss("MSELoss", "mse_loss"),
}
