-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Times ops for bench/ops.py. A line "case SETUP TAB EXPRESSION" on standard input makes x, y, ... in SETUP and a
-- function of EXPRESSION; "forward" and "backward" then answer with the milliseconds of one call, without and with
-- the derivative of its first result.
local sg = require "selenograd"

local forward, backward

local function case(line)
  local setup, expression = line:match("^case ([^\t]*)\t(.*)$")
  local source = ("local sg = require 'selenograd'\nlocal leaf = {requires_grad = true}\n%s\n" ..
    "return function() return %s end, {x, y, z}"):format(setup, expression)
  local f, leaves = assert(load(source, "=case"))()
  local result = f()
  local g = result.requires_grad and sg.ones_like(result:detach()) or nil
  forward = function() sg.no_grad(f) end
  backward = g and function()
    for _, leaf in pairs(leaves) do leaf.grad = nil end
    local y = f()
    y:backward(g)
  end
end

-- Enough calls for some milliseconds.
local function milliseconds(f)
  if not f then return 0 / 0 end
  local calls, start = 0, sg.time()
  repeat
    sg.tidy(f)
    calls = calls + 1
  until sg.time() - start > 0.02
  return (sg.time() - start) / calls * 1e3
end

for line in io.lines() do
  if line == "forward" then print(milliseconds(forward))
  elseif line == "backward" then print(milliseconds(backward))
  else
    local ok, message = pcall(case, line)
    print(ok and "ok" or "no: " .. tostring(message):gsub("\n.*", ""))
  end
  io.flush()
end
