-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Recurrent networks, and their single steps:
--
--   local lstm = nn.LSTM(input_size, hidden_size, {num_layers = 1, bias = true, batch_first = false, dropout = 0,
--                                                  bidirectional = false, dtype = "f32"})
--   local y, h, c = lstm(x, h0, c0)      -- x (T, N, input_size); without states: from zeros
--   local y, h = nn.GRU(input_size, hidden_size, options)(x, h0)
--   local y, h = nn.RNN(input_size, hidden_size, options)(x, h0)  -- also nonlinearity = "tanh" or "relu"
--   local h, c = nn.LSTMCell(input_size, hidden_size, {bias = true, dtype = "f32"})(x, h, c)
--   local h = nn.GRUCell(...)(x, h)  -- and nn.RNNCell, with nonlinearity
--
-- Shapes are those of the ops (`selenograd ops lstm`); dropout between layers is that of training. Parameters have
-- PyTorch's names, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, with _reverse behind those of the second
-- direction, of cells weight_ih and so on, and are at first uniform within 1 / sqrt(hidden_size).

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local init = require "selenograd.nn.initialize"
local Module = require("selenograd.nn.module").Module

local nonlinearities = {"tanh", "relu"}

-- The name of the op, of which an RNN has one for each nonlinearity.
local function op_of(owner, op, options)
  return op or "rnn_" .. arguments.choice(owner, "nonlinearity", options.nonlinearity, nonlinearities)
end

local function reset_parameters(self)
  local bound = 1 / math.sqrt(self.hidden_size)
  for _, parameter in ipairs(self:parameters()) do init.uniform_(parameter, -bound, bound) end
end

-- Registers the weights of a cell that reads `width` numbers; their names end in `suffix`. Returns their names.
local function register_weights(self, options, gates, width, suffix)
  local dtype = {dtype = arguments.dtype(self.class_name, options.dtype)}
  local rows, names = gates * self.hidden_size, {}
  local function register(name, ...)
    names[#names + 1] = name .. suffix
    self:register_parameter(name .. suffix, sg.zeros(..., dtype))
  end
  register("weight_ih", {rows, width})
  register("weight_hh", {rows, self.hidden_size})
  if options.bias then
    register("bias_ih", {rows})
    register("bias_hh", {rows})
  end
  return names
end

local function read_sizes(self, input_size, hidden_size)
  self.input_size = arguments.whole(self.class_name, "input_size", input_size, 1)
  self.hidden_size = arguments.whole(self.class_name, "hidden_size", hidden_size, 1)
end

-- ---- Cells ------------------------------------------------------------------------------------------

-- `op` nil: that of the nonlinearity; `memory`: there is a second state.
local function cell(name, op, gates, memory)
  local made = Module:extend(name)
  made.reset_parameters = reset_parameters
  local defaults = {bias = true, dtype = "f32", nonlinearity = not op and "tanh" or nil}

  function made:init(input_size, hidden_size, options)
    read_sizes(self, input_size, hidden_size)
    options = arguments.options(name, options, defaults)
    arguments.boolean(name, "bias", options.bias)
    self.op = op_of(name, op, options) .. "_cell"
    register_weights(self, options, gates, self.input_size, "")
    self:reset_parameters()
  end

  if memory then
    function made:forward(x, h, c)
      return sg[self.op](x, h, c, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
    end
  else
    function made:forward(x, h)
      return sg[self.op](x, h, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
    end
  end

  function made:extra_description()
    return ("%d, %d%s"):format(self.input_size, self.hidden_size, self.bias_ih == nil and ", bias=false" or "")
  end

  return made
end

-- ---- Sequences --------------------------------------------------------------------------------------

local function layer(name, op, gates, memory)
  local made = Module:extend(name)
  made.reset_parameters = reset_parameters
  local defaults = {
    num_layers = 1, bias = true, batch_first = false, dropout = 0, bidirectional = false, dtype = "f32",
    nonlinearity = not op and "tanh" or nil,
  }

  function made:init(input_size, hidden_size, options)
    read_sizes(self, input_size, hidden_size)
    options = arguments.options(name, options, defaults)
    for _, option in ipairs {"bias", "batch_first", "bidirectional"} do
      arguments.boolean(name, option, options[option])
    end
    self.op = op_of(name, op, options)
    self.num_layers = arguments.whole(name, "num_layers", options.num_layers, 1)
    self.dropout = arguments.number(name, "dropout", options.dropout, "[0, 1)")
    self.bias, self.batch_first, self.bidirectional = options.bias, options.batch_first, options.bidirectional
    self.weight_names = {}
    local directions = options.bidirectional and 2 or 1
    for l = 0, self.num_layers - 1 do
      local width = l == 0 and self.input_size or directions * self.hidden_size
      for d = 1, directions do
        local suffix = ("_l%d%s"):format(l, d == 2 and "_reverse" or "")
        local names = register_weights(self, options, gates, width, suffix)
        table.move(names, 1, #names, #self.weight_names + 1, self.weight_names)
      end
    end
    self:reset_parameters()
  end

  local function weights_and_options(self)
    local weights = {}
    for i, weight in ipairs(self.weight_names) do weights[i] = self[weight] end
    return weights, {
      has_biases = self.bias, num_layers = self.num_layers, dropout = self.dropout, train = self.training,
      bidirectional = self.bidirectional, batch_first = self.batch_first,
    }
  end

  if memory then
    function made:forward(x, h, c) return sg[self.op](x, h, c, weights_and_options(self)) end
  else
    function made:forward(x, h) return sg[self.op](x, h, weights_and_options(self)) end
  end

  function made:extra_description()
    local words = {("%d, %d"):format(self.input_size, self.hidden_size)}
    for _, option in ipairs {"num_layers", "bias", "batch_first", "dropout", "bidirectional"} do
      if self[option] ~= defaults[option] then words[#words + 1] = ("%s=%s"):format(option, self[option]) end
    end
    return table.concat(words, ", ")
  end

  return made
end

return {
  RNNCell = cell("RNNCell", nil, 1),
  GRUCell = cell("GRUCell", "gru", 3),
  LSTMCell = cell("LSTMCell", "lstm", 4, true),
  RNN = layer("RNN", nil, 1),
  GRU = layer("GRU", "gru", 3),
  LSTM = layer("LSTM", "lstm", 4, true),
}
