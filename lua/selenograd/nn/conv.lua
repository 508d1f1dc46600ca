-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d:
--
--   nn.Conv2d(in_channels, out_channels, kernel_size,
--             {stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype = "f32"})
--
-- on x of shape (N, in_channels, ...), with one, two or three spatial dimensions. Sizes are a number or a list with
-- one for each of these. The first options are those of the op; a transposed one has output_padding too.
-- Parameters: weight (out_channels, in_channels / groups, kernel ...), of a transposed one (in_channels,
-- out_channels / groups, kernel ...), and bias (out_channels).

local sg = require "selenograd"
local fail = require "selenograd.fail"
local arguments = require "selenograd.arguments"
local text = require("selenograd.nn.of_op").text
local weighted = require "selenograd.nn.weighted"

local function convolution(name, op, spatial, transposed)
  local Convolution, apply = weighted.weighted(name), sg[op]
  local names, sizes = {}, {}
  for i, attribute in ipairs(sg.op_info(op).attributes) do
    names[i] = attribute.name
    if attribute.type == "integers" then sizes[#sizes + 1] = attribute.name end
  end

  -- The options of the op, with a list for each size, and those of the module.
  local function read_options(options)
    local of_op, own = arguments.op_options(name, op, options, weighted.defaults)
    for _, size in ipairs(sizes) do of_op[size] = arguments.per_dimension(name, size, of_op[size], spatial) end
    return of_op, own
  end

  local defaults = read_options()

  function Convolution:init(in_channels, out_channels, kernel_size, options)
    self.in_channels = arguments.whole(name, "in_channels", in_channels, 1)
    self.out_channels = arguments.whole(name, "out_channels", out_channels, 1)
    self.kernel_size = arguments.whole_list(name, "kernel_size", kernel_size, spatial, 1)
    local own
    self.options, own = read_options(options)
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
    return apply(x, self.weight, self.bias, self.options)
  end

  function Convolution:extra_description()
    local words = {
      ("%d, %d, kernel_size=%s, stride=%s"):format(self.in_channels, self.out_channels, text(self.kernel_size),
        text(self.options.stride)),
    }
    for _, option in ipairs(names) do
      local value = text(self.options[option])
      if option ~= "stride" and value ~= text(defaults[option]) then words[#words + 1] = option .. "=" .. value end
    end
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
