-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d:
--
--   nn.Conv2d(in_channels, out_channels, kernel_size,
--             {stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype = "f32"})
--
-- on x of shape (N, in_channels, ...), with one, two or three spatial dimensions. Sizes are a number or a list with
-- one for each of these. The first options are those of the op; a transposed one has output_padding too. Others
-- take the words of the op in the place of padding, "valid" and "same", and padding_mode, "zeros", "reflect",
-- "replicate" or "circular": what stands there (sg.pad).
-- Parameters: weight (out_channels, in_channels / groups, kernel ...), of a transposed one (in_channels,
-- out_channels / groups, kernel ...), and bias (out_channels).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local text = require("selenograd.nn.of_op").text
local weighted = require "selenograd.nn.weighted"

-- What "same" adds around: on the left and, where that is odd, one more on the right, of each dimension.
local function same_padding(name, kernel_size, options)
  local left, more = {}, {}
  for d, size in ipairs(kernel_size) do
    local stride = options.stride[d]
    if stride ~= 1 then fail("%s: padding is \"same\" and stride %d, expected 1", name, stride) end
    local total = options.dilation[d] * (size - 1)
    left[d], more[d] = total // 2, total % 2
  end
  return left, more
end

-- The argument of sg.pad, the last dimension first; nil for nothing.
local function around(left, right)
  local pad, some = {}, false
  for d = #left, 1, -1 do
    pad[#pad + 1], pad[#pad + 2] = left[d], right[d]
    some = some or left[d] > 0 or right[d] > 0
  end
  return some and pad or nil
end

local modes = {"zeros", "reflect", "replicate", "circular"}

-- Sets what a convolution pads itself, self.options.padding, and what is padded before it, self.around.
local function plan_padding(self, name, word, mode)
  self.padding_mode = arguments.choice(name, "padding_mode", mode, modes)
  local left, more, right = self.options.padding, {}, {}
  if word == "same" then left, more = same_padding(name, self.kernel_size, self.options) end
  self.padding = word or left
  for d = 1, #left do right[d] = left[d] + (more[d] or 0) end
  self.options.padding = self.padding
  if mode ~= "zeros" then self.options.padding, self.around = 0, around(left, right) end
end

local function convolution(name, op, spatial, transposed)
  local Convolution, apply = weighted.weighted(name), sg[op]
  local names, sizes = {}, {}
  for i, attribute in ipairs(sg.op_info(op).attributes) do
    names[i] = attribute.name
    if attribute.type == "integers" then sizes[#sizes + 1] = attribute.name end
  end

  local module_defaults = {bias = weighted.defaults.bias, dtype = weighted.defaults.dtype}
  if not transposed then module_defaults.padding_mode = "zeros" end

  -- The options of the op, with a list for each size, those of the module, and the word that padding was.
  local function read_options(options)
    local word = type(options) == "table" and type(options.padding) == "string" and options.padding or nil
    if word and transposed then fail("%s: padding is %q, expected a number for each dimension", name, word) end
    if word then arguments.choice(name, "padding", word, {"valid", "same"}) end
    if word then
      local others = {}
      for option, value in pairs(options) do others[option] = option ~= "padding" and value or nil end
      options = others
    end
    local of_op, own = arguments.op_options(name, op, options, module_defaults)
    for _, size in ipairs(sizes) do of_op[size] = arguments.per_dimension(name, size, of_op[size], spatial) end
    return of_op, own, word
  end

  local defaults = read_options()

  function Convolution:init(in_channels, out_channels, kernel_size, options)
    self.in_channels = arguments.whole(name, "in_channels", in_channels, 1)
    self.out_channels = arguments.whole(name, "out_channels", out_channels, 1)
    self.kernel_size = arguments.whole_list(name, "kernel_size", kernel_size, spatial, 1)
    local own, word
    self.options, own, word = read_options(options)
    if not transposed then plan_padding(self, name, word, own.padding_mode) end
    local groups = self.options.groups
    if in_channels % groups ~= 0 or out_channels % groups ~= 0 then
      fail("%s: groups is %d, expected a divisor of in_channels %d and out_channels %d", name, groups, in_channels,
        out_channels)
    end
    local shape = transposed and {in_channels, out_channels // groups} or {out_channels, in_channels // groups}
    table.move(self.kernel_size, 1, spatial, 3, shape)
    self:register_weights(own, shape, out_channels)
  end

  function Convolution:forward(x)
    if self.around then x = sg.pad(x, self.around, {mode = self.padding_mode}) end
    return apply(x, self.weight, self.bias, self.options)
  end

  function Convolution:extra_description()
    local words = {
      ("%d, %d, kernel_size=%s, stride=%s"):format(self.in_channels, self.out_channels, text(self.kernel_size),
        text(self.options.stride)),
    }
    for _, option in ipairs(names) do
      local value = text(option == "padding" and self.padding or self.options[option])
      if option ~= "stride" and value ~= text(defaults[option]) then words[#words + 1] = option .. "=" .. value end
    end
    local mode = self.padding_mode or "zeros"
    if mode ~= "zeros" then words[#words + 1] = "padding_mode=" .. mode end
    if self.bias == nil then words[#words + 1] = "bias=false" end
    return table.concat(words, ", ")
  end

  return Convolution
end

local classes = {}
for spatial = 1, 3 do
  local conv, transposed = "Conv" .. spatial .. "d", "ConvTranspose" .. spatial .. "d"
  classes[conv] = convolution(conv, "conv" .. spatial .. "d", spatial, false)
  classes[transposed] = convolution(transposed, "conv_transpose" .. spatial .. "d", spatial, true)
end
return classes
