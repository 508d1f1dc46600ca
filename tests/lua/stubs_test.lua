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

-- Every argument is named: those of ops in descriptors, the others in signatures.lua, which lists no other.
function test_no_function_has_just_any_arguments()
  local signatures = require "selenograd.signatures"
  for place, list in pairs {[sg] = signatures.functions, [core.methods] = signatures.methods} do
    for name in pairs(list) do lu.assertEquals({name, type(place[name])}, {name, "function"}) end
  end
  for name, value in next, sg do
    if type(value) == "function" then
      local known = signatures.functions[name] or pcall(sg.op_info, name)
      lu.assertEquals({name, known and true}, {name, true})
    end
  end
  for name in next, core.methods do
    local known = signatures.methods[name] or pcall(sg.op_info, name) or pcall(sg.op_info, (name:gsub("_$", "")))
    lu.assertEquals({name, known and true}, {name, true})
  end
end

function test_arguments_of_other_functions()
  for _, part in ipairs {[[
---f(...), with nothing recorded.
---@param f function
---@param ... any
---@return any
function sg.no_grad(f, ...) end
]], [[
---@param options? {rtol?: number, atol?: number, equal_nan?: boolean}
---@return boolean
function sg.allclose(a, b, options) end
]], [[
---@param dtype selenograd.dtype
---@return selenograd.Tensor
function Tensor:to_(dtype) end
]], [[
---@return selenograd.Tensor self, which it writes into
function Tensor:exp_() end
]]} do
    lu.assertStrContains(text, part)
  end
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
