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

os.exit(lu.LuaUnit.run())
