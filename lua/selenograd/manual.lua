-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The manual of the ops, written from their descriptors; `selenograd ops` prints it.
--
-- sg.manual()      a line for each op
-- sg.manual(name)  all about one op; an error when there is none of that name
-- Both return text that ends with a newline.

local sg = require "selenograd"
local arguments = require "selenograd.arguments"
local example = require "selenograd.op_example"
local words = require "selenograd.op_words"

-- ---- One op -----------------------------------------------------------------------------------------

-- Rows of {role, name, text}, the first two columns aligned.
local function aligned(rows)
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[2]) end
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = ("  %-8s%-" .. width .. "s  %s"):format(row[1], row[2], row[3]):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

local function page(op)
  local rows = {}
  for _, port in ipairs(op.inputs) do rows[#rows + 1] = {"input", port.name, words.about_port(port)} end
  for _, option in ipairs(op.attributes) do
    rows[#rows + 1] = {"option", option.name, words.about_option(option)}
  end
  for _, port in ipairs(op.outputs) do rows[#rows + 1] = {"result", port.name, words.about_port(port)} end
  local parts = {op.name .. ": " .. op.summary}
  if op.formula then parts[#parts + 1] = "  " .. op.formula:gsub("\n", "\n  ") end
  parts[#parts + 1] = "  " .. words.signature(op)
  parts[#parts + 1] = aligned(rows)
  parts[#parts + 1] = words.derivatives(op)
  if not op.custom then parts[#parts + 1] = words.cost(op) end
  if op.reference then parts[#parts + 1] = "Reference: " .. op.reference:gsub("%.?$", ".") end
  local source, output = nil, nil
  if not op.custom then source, output = example(op) end
  if source then parts[#parts + 1] = ("Example:\n\n%s\n\n%s"):format(source, output):gsub("\n([^\n])", "\n  %1") end
  return table.concat(parts, "\n\n") .. "\n"
end

-- ---- All ops ----------------------------------------------------------------------------------------

local function contents()
  local names, width, lines = sg.ops(), 0, {}
  for _, name in ipairs(names) do width = math.max(width, #name) end
  for i, name in ipairs(names) do
    lines[i] = ("%-" .. width .. "s  %s\n"):format(name, sg.op_info(name).summary)
  end
  return table.concat(lines)
end

return arguments.strict("manual", function(name)
  if name == nil then return contents() end
  return page(sg.op_info(arguments.text("manual", "name", name)))
end)
