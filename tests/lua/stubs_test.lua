-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The definitions for editors are Lua, and list exactly what there is.
local core = require "selenograd.core"
local lu = require "luaunit"
local sg = require "selenograd"

local text = require "selenograd.stubs"()

local function declared(place, colon)
  local names = {}
  for name in text:gmatch("\nfunction " .. place .. colon .. "([%w_]+)%(") do names[name] = true end
  for name in text:gmatch("\n" .. place .. '%["([%w_]+)"%] = function') do names[name] = true end
  return names
end

local function names_of(list)
  local names = {}
  for name, value in next, list do
    if type(value) == "function" then names[name] = true end
  end
  return names
end

function test_it_is_lua() lu.assertTrue(load(text) ~= nil) end

function test_every_function_and_no_other()
  lu.assertEquals(declared("sg", "%."), names_of(sg))
  lu.assertEquals(declared("Tensor", ":"), names_of(core.methods))
end

local function contains(part) lu.assertTrue(text:find(part, 1, true) ~= nil, part) end

function test_arguments_of_an_op()
  contains([[
---@param x selenograd.Tensor|number
---@param options? {dim?: integer|integer[], correction?: number, keepdim?: boolean}
---@return selenograd.Tensor y
function sg.var(x, options) end
]])
  contains("function sg.cat(tensors, options) end")
  contains("---@return selenograd.Tensor? indices\nfunction sg.max_pool2d(x, options) end")
  contains('sg["repeat"] = function(x, options) end')
end

os.exit(lu.LuaUnit.run())
