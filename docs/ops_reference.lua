-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd docs/ops_reference.lua FOLDER
-- Writes the manual of every built-in op as pages, one for each folder of ops/, and README.md, which lists them.
-- Everything follows from the descriptors; examples are the first sample that a person can read, and are run.
-- ./dev docs calls it.
local sg = require "selenograd"
local example = require "selenograd.op_example"
local words = require "selenograd.op_words"

local folder = assert(arg[1], "usage: selenograd docs/ops_reference.lua FOLDER")

local header = "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->\n" ..
  "<!-- Written by ./dev docs from the descriptors of the ops. -->\n"

-- Text inside a table, where | would end a cell.
local function cell(text) return (text:gsub("|", "\\|")) end

-- ---- Pages --------------------------------------------------------------------------------------

local function rows(lines, role, list, about)
  for _, each in ipairs(list) do
    lines[#lines + 1] = ("| %s | `%s` | %s |"):format(role, each.name, cell(about(each)))
  end
end

local function op_page(op)
  local lines = {"## " .. op.name, "", op.summary, ""}
  local function add(...)
    for _, line in ipairs {...} do lines[#lines + 1] = line end
  end
  if op.formula then add("```text", op.formula, "```", "") end
  add("    " .. words.signature(op), "", "| | | |", "| --- | --- | --- |")
  rows(lines, "input", op.inputs, words.about_port)
  rows(lines, "option", op.attributes, words.about_option)
  rows(lines, "result", op.outputs, words.about_port)
  local reference = op.reference and " Reference: " .. op.reference:gsub("%.?$", ".") or ""
  add("", words.derivatives(op) .. " " .. words.cost(op) .. reference, "")
  local source, output = example(op)
  if source then add("```lua", source, "```", "", "```text", output, "```", "") end
  return table.concat(lines, "\n")
end

local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name, "w"))
  file:write(header, text)
  assert(file:close())
end

local rooms, order = {}, {}
for _, name in ipairs(sg.ops()) do
  local op = sg.op_info(name)
  if not rooms[op.room] then
    rooms[op.room] = {title = op.room_title}
    order[#order + 1] = op.room
  end
  table.insert(rooms[op.room], op)
end

local index = {[[
# Every op

Tensors come first, options may follow by position or in a table at the end. Every op is also a method of its first
tensor. Dimensions, indices and labels count from 1, dimensions also from the end: -1 is the last one. Where the
second tensor holds positions along a dimension, this may stand before it, as in PyTorch: x:gather(dim, index).
]]}
for _, room in ipairs(order) do
  local ops = rooms[room]
  index[#index + 1] = ("## [%s](%s.md)\n\n| op | |\n| --- | --- |"):format(ops.title, room)
  local page = {"# " .. ops.title .. "\n"}
  for _, op in ipairs(ops) do
    index[#index + 1] = ("| [%s](%s.md#%s) | %s |"):format(op.name, room, op.name, cell(op.summary))
    page[#page + 1] = op_page(op)
  end
  index[#index + 1] = ""
  write(room .. ".md", table.concat(page, "\n"))
end
write("README.md", table.concat(index, "\n"))
