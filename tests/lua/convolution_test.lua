-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Convolutions and pools of one, two and three spatial dimensions as modules.

package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
local lu = require "luaunit"
local sg = require "selenograd"
local nn = sg.nn

TestConvolutions = {}

function TestConvolutions:testImages()
  local layer = nn.Conv2d(1, 1, 2, {stride = 2, bias = false})
  layer:load_state_dict({weight = sg.tensor({{{{1, 2}, {3, 4}}}})})
  local x = sg.tensor({{{{1, 0, 0, 1}, {0, 0, 1, 0}}}})
  lu.assertEquals(layer(x):totable(), {{{{1, 5}}}})
  lu.assertEquals(nn.Conv2d(4, 6, {3, 1}, {groups = 2}).weight.shape, {6, 2, 3, 1})
end

function TestConvolutions:testLinesAndVolumes()
  local line = nn.Conv1d(1, 1, 2, {bias = false})
  line:load_state_dict({weight = sg.tensor({{{1, -1}}})})
  lu.assertEquals(line(sg.tensor({{{1, 2, 4}}})):totable(), {{{-1, -2}}})
  lu.assertEquals(nn.Conv3d(4, 6, {1, 2, 3}, {groups = 2}).weight.shape, {6, 2, 1, 2, 3})
  local up = nn.ConvTranspose2d(1, 1, 2, {stride = 2, bias = false})
  up:load_state_dict({weight = sg.tensor({{{{1, 2}, {3, 4}}}})})
  lu.assertEquals(up(sg.tensor({{{{1, 2}}}})):totable(), {{{{1, 2, 2, 4}, {3, 4, 6, 8}}}})
  local wide = nn.ConvTranspose1d(4, 6, 3, {stride = 2, padding = 1, output_padding = 1, groups = 2})
  lu.assertEquals(wide.weight.shape, {4, 3, 3})
  lu.assertEquals(wide(sg.ones(2, 4, 5)).shape, {2, 6, 10})
  lu.assertEquals(tostring(wide),
    "ConvTranspose1d(4, 6, kernel_size=(3), stride=(2), padding=(1), output_padding=(1), groups=2)")
  lu.assertEquals(nn.MaxPool1d(2)(sg.tensor({{{1, 3, 2, 0}}})):totable(), {{{3, 2}}})
  lu.assertEquals(nn.MaxPool3d(2)(sg.ones(1, 1, 4, 2, 2)).shape, {1, 1, 2, 1, 1})
end

local function numbers(...) return sg.tensor({...}):reshape(1, 1, -1) end

function TestConvolutions:testPools()
  local x = numbers(1, 3, 2, 0, 5)
  lu.assertEquals(nn.AvgPool1d(2)(x):totable(), {{{2, 1}}})
  lu.assertEquals(nn.AvgPool1d(3, {padding = 1, stride = 4, count_include_pad = false})(x):totable(), {{{2, 2.5}}})
  lu.assertEquals(nn.AdaptiveAvgPool1d(2)(numbers(1, 3, 2, 0, 4)):totable(), {{{2, 2}}})
  lu.assertEquals(nn.AdaptiveMaxPool1d(2)(x):totable(), {{{3, 5}}})
  lu.assertEquals(nn.AdaptiveAvgPool2d({-1, 1})(sg.ones(2, 3, 4, 5)).shape, {2, 3, 4, 1})
  lu.assertEquals(nn.LPPool1d(2, 2)(numbers(3, 4)):totable(), {{{5}}})
  lu.assertEquals(tostring(nn.AvgPool2d(2)), "AvgPool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), "
    .. "ceil_mode=false, count_include_pad=true, divisor_override=0)")
  lu.assertEquals(tostring(nn.MaxUnpool1d(2)), "MaxUnpool1d(kernel_size=(2), stride=(2), padding=(0))")
end

-- The positions are given to who asks for them, and take the values back.
function TestConvolutions:testIndices()
  local x = numbers(1, 3, 2, 0, 5)
  lu.assertEquals(select("#", sg.max_pool1d(x, 2)), 1)
  local y, indices = sg.max_pool1d(x, 2, {return_indices = true})
  lu.assertEquals({y:totable(), indices:totable()}, {{{{3, 2}}}, {{{2, 3}}}})
  lu.assertEquals(select("#", sg.max_pool1d(x, 2, {return_indices = false})), 1)
  y, indices = nn.MaxPool1d(2, {return_indices = true})(x)
  lu.assertEquals(nn.MaxUnpool1d(2)(y, indices):totable(), {{{0, 3, 2, 0}}})
  lu.assertEquals(nn.MaxUnpool1d(2)(y, indices, {output_size = 5}):totable(), {{{0, 3, 2, 0, 0}}})
  lu.assertEquals({select(2, nn.AdaptiveMaxPool1d(1, {return_indices = true})(x)):totable()}, {{{{5}}}})
  lu.assertErrorMsgContains("max_unpool1d: scatter: index holds 9 (element 1), expected 1..4", sg.max_unpool1d,
    numbers(1, 2), sg.tensor({{{9, 1}}}, {dtype = "i64"}), {kernel_size = 2})
end

function TestConvolutions:testPatches()
  local x = sg.randn(2, 3, 5, 6)
  local columns = nn.Unfold({2, 3}, {padding = 1})(x)
  lu.assertEquals(columns.shape, {2, 18, 36})
  local counted = nn.Fold({5, 6}, {2, 3}, {padding = 1})(nn.Unfold({2, 3}, {padding = 1})(sg.ones(2, 3, 5, 6)))
  lu.assertEquals(counted[{1, 1, 3}]:totable(), {4, 6, 6, 6, 6, 4})
  lu.assertEquals(nn.Upsample({scale_factor = 2})(x).shape, {2, 3, 10, 12})
  lu.assertEquals(nn.Upsample({size = {7, 3}, mode = "bicubic"})(x).shape, {2, 3, 7, 3})
  lu.assertEquals(sg.interpolate(numbers(1, 2, 3), 5, {mode = "linear", align_corners = true}):totable(),
    {{{1, 1.5, 2, 2.5, 3}}})
end

function TestConvolutions:testPaddingByName()
  local x = sg.randn(1, 2, 5, 6)
  for _, dilation in ipairs {1, 2} do
    local same = nn.Conv2d(2, 3, {3, 2}, {padding = "same", dilation = dilation})
    lu.assertEquals(same(x).shape, {1, 3, 5, 6})
    -- As PyTorch does: floor(d (k - 1) / 2) zeros before, the rest behind.
    local by_hand = sg.pad(x, {dilation // 2, dilation - dilation // 2, dilation, dilation})
    local expected = sg.conv2d(by_hand, same.weight, same.bias, {dilation = dilation})
    lu.assertEquals(same(x):totable(), expected:totable())
  end
  local x, weight = sg.randn(2, 3, 4, 5), sg.randn(2, 3, 2, 4)
  local same = sg.conv2d(x, weight, {padding = "same"})
  lu.assertEquals(same:totable(), sg.conv2d(sg.pad(x, {1, 2, 0, 1}), weight):totable())
  lu.assertEquals(sg.conv2d(x, weight, nil, 1, "same"):totable(), same:totable())
  lu.assertEquals(sg.conv2d(x, weight, {padding = "valid"}):totable(), sg.conv2d(x, weight):totable())
  lu.assertErrorMsgContains("conv2d: padding is the string 'sam', expected one of valid, same; did you",
    sg.conv2d, x, weight, {padding = "sam"})
  lu.assertEquals(sg.conv_transpose2d(same, weight, {padding = "same"}).shape, {2, 3, 4, 5})
  lu.assertEquals(nn.Conv1d(1, 1, 3, {padding = "valid"})(sg.ones(1, 1, 5)).shape, {1, 1, 3})
  lu.assertStrContains(tostring(nn.Conv1d(1, 1, 3, {padding = "same"})), "padding=same")
  lu.assertErrorMsgContains("Conv1d: padding is \"same\" and stride 2, expected 1", nn.Conv1d, 1, 1, 3,
    {padding = "same", stride = 2})
  lu.assertErrorMsgContains("Conv1d: padding is \"full\", expected one of valid, same", nn.Conv1d, 1, 1, 3,
    {padding = "full"})
  lu.assertErrorMsgContains("ConvTranspose1d: padding is", nn.ConvTranspose1d, 1, 1, 3, {padding = "same"})
end

function TestConvolutions:testPaddingModes()
  local x = sg.randn(1, 1, 4, 5)
  for _, mode in ipairs {"reflect", "replicate", "circular"} do
    local layer = nn.Conv2d(1, 2, 3, {padding = {1, 2}, padding_mode = mode})
    local expected = sg.conv2d(sg.pad(x, {2, 2, 1, 1}, {mode = mode}), layer.weight, layer.bias)
    lu.assertEquals(layer(x):totable(), expected:totable())
    lu.assertStrContains(tostring(layer), "padding=(1, 2), padding_mode=" .. mode)
    lu.assertTrue(sg.gradcheck(layer, {x}).ok)
  end
  local same = nn.Conv1d(1, 1, 4, {padding = "same", padding_mode = "circular"})
  lu.assertEquals(same(sg.ones(2, 1, 6)).shape, {2, 1, 6})
  lu.assertErrorMsgContains("Conv2d: padding_mode is", nn.Conv2d, 1, 1, 1, {padding_mode = "mirror"})
  lu.assertErrorMsgContains("ConvTranspose2d: unknown option 'padding_mode'", nn.ConvTranspose2d, 1, 1, 1,
    {padding_mode = "zeros"})
end

function TestConvolutions:testSampling()
  local theta = sg.tensor({{{1, 0, 0}, {0, 1, 0}}})
  local x = sg.randn(1, 2, 3, 4)
  local grid = sg.affine_grid(theta, {1, 2, 3, 4})
  lu.assertEquals(grid.shape, {1, 3, 4, 2})
  lu.assertAlmostEquals((sg.grid_sample(x, grid) - x):abs():max():item(), 0, 1e-6) -- a rounding of each weight
  local turned = sg.affine_grid(sg.tensor({{{-1, 0, 0}, {0, 1, 0}}}), {1, 2, 3, 4}, {align_corners = true})
  local back = sg.grid_sample(x, turned, "bilinear", "border", true):flip(4)
  lu.assertAlmostEquals((back - x):abs():max():item(), 0, 1e-6)
  lu.assertEquals(sg.grid_sample(x, grid + 10):abs():max():item(), 0)
  lu.assertEquals(nn.LocalResponseNorm(1, {alpha = 1, beta = 0.5, k = 0})(sg.ones(1, 2, 3)):totable(),
    {{{1, 1, 1}, {1, 1, 1}}})
end

os.exit(lu.LuaUnit.run())
