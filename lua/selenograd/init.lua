-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- local sg = require "selenograd"
--
-- Everything of the C module, and the library's own modules as fields: sg.nn is require "selenograd.nn", loaded
-- when it is first used.
local core = require "selenograd.core"

local _, path = ...
local folder = type(path) == "string" and path:match("^(.*)init%.lua$")
if folder then core.library_path(folder) end

-- What the C module has for the library's own Lua modules alone.
local internal = {}
for _, name in ipairs {
  "custom_leaf", "define_op", "describe", "fail", "finally", "first_not_finite", "json_decode", "json_encode",
  "keep_tracebacks", "library_path", "module_table", "op_options", "read_idx", "recorded_graph", "recorded_number",
  "same_tensor",
} do
  internal[name] = true
end

local sg = {}
for name, value in pairs(core) do
  if not internal[name] then sg[name] = value end
end
for _, module in ipairs {"gradcheck", "comparison", "derivatives", "graph", "checkpoint", "help", "names"} do
  for name, value in pairs(require("selenograd." .. module)) do sg[name] = value end
end
core.methods.view = core.methods.reshape -- tensors are contiguous, so that every reshape is a view
sg.view = core.reshape

-- sg[name], also for the library's own modules, which are loaded for it; nil where there is nothing.
local function find(name)
  local value = rawget(sg, name)
  local module = "selenograd." .. name
  if value == nil and name:match("^%l[%w_]*$")
    and (package.preload[module] or package.searchpath(module, package.path)) then
    value = require(module)
    sg[name] = value
  end
  return value
end
core.module_table(sg, find)

local function names()
  local list = {"nn", "optim", "data", "json", "testing"}
  for name in next, sg do list[#list + 1] = name end
  table.sort(list)
  return list
end

return setmetatable(sg, {
  __index = function(_, name)
    if type(name) ~= "string" then return nil end
    local value = find(name)
    if value ~= nil then return value end
    core.fail(("sg has no '%s'%s"):format(name, core.closest(name, names())))
  end,
})
