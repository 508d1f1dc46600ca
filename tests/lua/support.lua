-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What Lua tests share. A test finds it with
--
--   package.path = arg[0]:match("^(.*/)") .. "?.lua;" .. package.path
--   local support = require "support"
local lu = require "luaunit"
local sg = require "selenograd"

local support = {}

-- The error that f(...) has to raise. It names a line of the caller if f is a function of the caller.
function support.error_of(f, ...)
  local ok, message = pcall(f, ...)
  lu.assertFalse(ok)
  return message
end

-- f64 tensors that require a gradient, or do not.
function support.leaf(values) return sg.tensor(values, {dtype = "f64", requires_grad = true}) end
function support.plain(values) return sg.tensor(values, {dtype = "f64"}) end

-- tanh with its derivative cut off: y = x + (tanh(x) - x) where the second part has no history.
function support.wrong_tanh(x) return x + (x:tanh() - x):detach() end

-- x^3 with nothing but its argument saved: right to any order.
function support.cube_definition(name)
  return {
    name = name,
    forward = function(ctx, x)
      ctx:save(x)
      return x * x * x
    end,
    backward = function(ctx, gy)
      local x = ctx:saved()
      return gy * 3 * x * x
    end,
  }
end

-- Enough for finalizers that make others possible.
function support.collect()
  for _ = 1, 4 do collectgarbage() end
end

-- Calls f() with an error after so many instructions, as an interrupt is one. Returns whether f came to its end.
function support.interrupted(instructions, f)
  local done = pcall(function()
    debug.sethook(function()
      debug.sethook()
      error("interrupted", 0)
    end, "", instructions)
    f()
    debug.sethook()
  end)
  debug.sethook()
  return done
end

-- The names that an iterator such as module:named_parameters() gives, in order.
function support.names_of(iterator)
  local names = {}
  for name in iterator do names[#names + 1] = name end
  return names
end

function support.sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

return support
