-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.gradcheck(module, inputs, {loss = function(output) ... end, ...}): proves the gradient of every parameter of a
-- module, at a list of inputs, against finite differences. `loss` may turn the output into what is differentiated;
-- the other options are those of sg.gradcheck. Returns its report, with the parameters' names.
--
-- The module is not changed: the checker's copies of the parameters and fresh copies of the buffers take their
-- places for each evaluation, so running statistics are the same before and after.

local sg = require "selenograd"
local module = require "selenograd.nn.module"

local function gradcheck(checked, inputs, options)
  local names, parameters = {}, {}
  for name, parameter in checked:named_parameters() do
    names[#names + 1] = name
    parameters[#parameters + 1] = parameter
  end
  local check_options = {names = names}
  for name, value in pairs(options or {}) do
    if name ~= "loss" then check_options[name] = value end
  end
  local loss = options and options.loss or function(...) return ... end
  if sg.is_tensor(inputs) then inputs = {inputs} end

  local function evaluate(...)
    local tensors = {}
    for i, name in ipairs(names) do tensors[name] = select(i, ...) end
    for name, buffer in checked:named_buffers() do tensors[name] = buffer:detach():clone() end
    return loss(module.functional_call(checked, tensors, table.unpack(inputs)))
  end
  return sg.gradcheck(evaluate, parameters, check_options)
end

return gradcheck
