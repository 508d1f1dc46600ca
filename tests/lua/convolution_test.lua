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

os.exit(lu.LuaUnit.run())
