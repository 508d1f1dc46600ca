-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Convolution and pooling. The gradients of conv2d are its two adjoints; pooling is written with windows that do
-- not overlap (a view and a permutation), or as a convolution with a constant kernel.
local sg = require "selenograd"
local s = require "mutants.support"

local function family(name, shapes, names, f, gradients, mistakes, make)
  return {name = name, group = "convolution, pooling", names = names, mistakes = mistakes,
          inputs = s.filled(make or s.normal, 60, shapes), op = s.of_result(f, gradients)}
end

local function gradients(name, f, says) return {name = name, gradients = f, says = says} end

-- ---- Convolution ----

local function conv_gradients(options, change)
  return function(dy, _, x, weight)
    local o = {stride = options.stride, padding = options.padding}
    local stride, padding = options.stride or 1, options.padding or 0
    local w = weight
    if change and change.weight then w = change.weight(weight) end
    o.output_padding = {}
    for i = 1, 2 do o.output_padding[i] = (x:size(2 + i) + 2 * padding - weight:size(2 + i)) % stride end
    local dx = sg.conv_transpose2d(dy, w, o)
    o.output_padding, o.kernel_size = nil, {weight:size(3), weight:size(4)}
    local dw = sg.conv_weight_grad(x, dy, o)
    local db = sg.sum(dy, {dim = {1, 3, 4}})
    if change and change.after then return change.after(dx, dw, db, dy, x) end
    return dx, dw, db
  end
end

local function reversed(x, dim)
  local n, index = x:size(dim), {}
  for i = 1, n do index[i] = n + 1 - i end
  return sg.index_select(x, s.i64(index), {dim = dim})
end
local function flipped(x) return reversed(reversed(x, 3), 4) end

local plain = {padding = 1}
local strided = {stride = 2, padding = 1}
local function conv(options) return function(x, w, b) return sg.conv2d(x, w, b, options) end end
local function conv_mistake(name, options, change, says)
  return gradients(name, conv_gradients(options, change), says)
end

-- 1 in the interior of an image, 0 on its edge.
local function interior(x)
  local mask = s.zeros(x.shape)
  local h, w = x:size(3), x:size(4)
  return sg.embed(mask[{ {}, {}, {2, h - 1}, {2, w - 1} }] + 1, {shape = x.shape, start = {1, 1, 2, 2},
    stop = {x:size(1), x:size(2), h - 1, w - 1}})
end

local conv_shapes, conv_names = {{2, 2, 4, 4}, {2, 2, 3, 3}, {2}}, {"x", "weight", "bias"}
local strided_shapes = {{1, 2, 5, 5}, {2, 2, 3, 3}, {2}}

-- ---- Pooling ----

-- (N, C, H, W) as (N, C, H/2, W/2, 4): the windows last.
local function windows(x)
  local n, c, h, w = table.unpack(x.shape)
  local view = x:reshape({n, c, h // 2, 2, w // 2, 2}):permute({1, 2, 3, 5, 4, 6})
  return view:reshape({n, c, h // 2, w // 2, 4})
end
local function image(v, like)
  local n, c, h, w = table.unpack(like.shape)
  return v:reshape({n, c, h // 2, w // 2, 2, 2}):permute({1, 2, 3, 5, 4, 6}):reshape({n, c, h, w})
end
local function wide(dy) return dy:reshape({dy:size(1), dy:size(2), dy:size(3), dy:size(4), 1}) end
local function max_pool(x) return sg.amax(windows(x), {dim = 5}) end
local function is_largest(y, x) return sg.eq(windows(x), wide(y)) end
local function max_gradient(dy, y, x) return image(wide(dy) * is_largest(y, x), x) end
local function mean_pool(x) return sg.mean(windows(x), {dim = 5}) end
local function mean_gradient(dy, _, x) return image(wide(dy) * (s.ones({4}) * 0.25), x) end
local function distinct(seed, ...) return s.distinct(seed, 0.25, ...) end

-- Windows of 2 x 2 with stride 1: a convolution of each channel (there is one) with a constant kernel.
local box = s.ones({1, 1, 2, 2}) * 0.25
local function overlapping(x) return sg.conv2d(x, box) end
local function overlapping_gradient(dy)
  return sg.conv_transpose2d(dy, box)
end

return {
  family("conv2d (2, 2, 4, 4)", conv_shapes, conv_names, conv(plain), conv_gradients(plain), {
    conv_mistake("kernel flipped in dx", plain, {weight = flipped}),
    conv_mistake("kernel transposed in dx", plain, {weight = function(w) return s.transposed(w) end}),
    conv_mistake("channels exchanged in dx", plain, {weight = function(w) return s.transposed(w, 1, 2) end}),
    conv_mistake("edge of dx zero", plain, {after = function(dx, dw, db) return dx * interior(dx), dw, db end}),
    conv_mistake("dw flipped", plain, {after = function(dx, dw, db) return dx, flipped(dw), db end}),
    conv_mistake("dw of the first sample", plain, {after = function(dx, _, db, dy, x)
      local o = {padding = 1, kernel_size = {3, 3}}
      return dx, sg.conv_weight_grad(x[{ {1, 1} }], dy[{ {1, 1} }], o), db
    end}, "reduction"),
    conv_mistake("dw averaged over the batch", plain, {after = function(dx, dw, db) return dx, dw * 0.5, db end},
      "factor"),
    conv_mistake("bias averaged over the pixels", plain, {after = function(dx, dw, db) return dx, dw, db / 16 end},
      "factor"),
    conv_mistake("bias of one pixel", plain, {after = function(dx, dw, _, dy)
      return dx, dw, sg.sum(dy[{ {}, {}, 1, 1 }], {dim = 1})
    end}, "reduction"),
    s.transpose(1), s.transpose(2), s.roll(1), s.roll(2), s.sign(2), s.relative(2, 1e-6), s.entry_doubled(2, 10),
    s.entry_zero(1, 64), s.missing(3), s.cotangent_relu(),
  }),
  family("conv2d with stride 2", strided_shapes, conv_names, conv(strided), conv_gradients(strided), {
    conv_mistake("kernel flipped in dx", strided, {weight = flipped}),
    conv_mistake("dw shifted by a pixel", strided, {after = function(dx, _, db, dy, x)
      local shifted = s.rolled(x, 1)
      return dx, sg.conv_weight_grad(shifted, dy, {stride = 2, padding = 1, kernel_size = {3, 3}}), db
    end}),
    conv_mistake("dx divided by the stride", strided, {after = function(dx, dw, db) return dx / 2, dw, db end},
      "factor"),
  }),
  family("max pooling", {{1, 2, 4, 4}}, {"x"}, max_pool, max_gradient, {
    gradients("to the whole window", function(dy, _, x) return image(wide(dy) * s.ones({4}), x) end),
    gradients("to the first of the window", function(dy, _, x) return image(wide(dy) * s.f64({1, 0, 0, 0}), x) end),
    gradients("to the smallest", function(dy, _, x)
      return image(wide(dy) * sg.eq(windows(x), wide(sg.amin(windows(x), {dim = 5}))), x)
    end),
    gradients("index one further", function(dy, y, x)
      return s.rolled(image(wide(dy) * is_largest(y, x), x), 1)
    end, "roll"),
    gradients("rows and columns exchanged", function(dy, y, x)
      return s.transposed(image(wide(dy) * is_largest(y, x), x))
    end, "transposed"),
    gradients("spread over the window", function(dy, _, x) return image(wide(dy) * (s.ones({4}) * 0.25), x) end),
  }, distinct),
  family("mean pooling", {{1, 2, 4, 4}}, {"x"}, mean_pool, mean_gradient, {
    gradients("not divided", function(dy, _, x) return image(wide(dy) * s.ones({4}), x) end, "factor"),
    gradients("divided by the side", function(dy, _, x)
      return image(wide(dy) * (s.ones({4}) * 0.5), x)
    end, "factor"),
    gradients("to one of the window", function(dy, _, x) return image(wide(dy) * s.f64({0, 0, 1, 0}), x) end),
  }),
  family("mean pooling, overlapping", {{2, 1, 4, 4}}, {"x"}, overlapping, overlapping_gradient, {
    gradients("overlap not added", function(dy, _, x)
      return sg.embed(dy * 0.25, {shape = x.shape, start = {1, 1, 1, 1}, stop = {2, 1, 3, 3}})
    end),
    gradients("divided by the number of windows of a pixel", function(dy, y, x)
      return overlapping_gradient(dy, y, x) / overlapping_gradient(dy * 0 + 4, y, x)
    end), s.roll(1),
  }),
}
