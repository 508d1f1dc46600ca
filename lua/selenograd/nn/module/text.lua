-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- A module as text, for print.

local Module = require("selenograd.nn.module.class").Module
local each = require("selenograd.nn.module.register").each

local deepest = 100 -- of a module that contains modules; below it, and inside itself, it is "Name(...)"

-- The words between the parentheses of a module without children; classes define it.
function Module:extra_description() return "" end

-- The lines of a text behind the first, indented.
local function indented(text, indent)
  return (text:gsub("\n", "\n" .. indent))
end

-- Appends the lines of a module to `lines`. The first stands behind `label`; all others are indented.
local function describe(self, lines, label, indent, entered)
  local extra = self:extra_description()
  if #self._children.names == 0 then
    lines[#lines + 1] = label .. self.class_name .. "(" .. indented(extra, indent) .. ")"
    return
  end
  if entered[self] or #indent > 2 * deepest then
    lines[#lines + 1] = label .. self.class_name .. "(...)"
    return
  end
  entered[self] = true
  lines[#lines + 1] = label .. self.class_name .. "("
  local inner = indent .. "  "
  if extra ~= "" then lines[#lines + 1] = inner .. indented(extra, inner) end
  for name, child in each(self._children) do
    local name_text = inner .. "(" .. name .. "): "
    if child.describe == Module.describe then
      describe(child, lines, name_text, inner, entered)
    else
      lines[#lines + 1] = name_text .. indented(child:describe(), inner)
    end
  end
  lines[#lines + 1] = indent .. ")"
  entered[self] = nil
end

-- describe(): the text that print shows; classes may define it.
function Module:describe()
  local lines = {}
  describe(self, lines, "", "", {})
  return table.concat(lines, "\n")
end
