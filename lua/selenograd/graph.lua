-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The recorded graph as a picture.
--
--   y:graph(options), sg.graph({y, z}, options)    the graph as text in the language DOT
--
-- options:
--   file    "graph.dot" is written as text, any other ending (svg, png, pdf) by the program dot, which has to be
--           installed; the text is returned all the same
--   names   tensors by name, {x = x, w = w}, or a module, whose parameters have names
--
-- Boxes are leaves that require a gradient, ellipses ops with the bytes they hold for their derivative; an arrow
-- has the shape of what goes along it. Double circles are the results.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"
local fail = require "selenograd.fail"

local function escape(text) return (text:gsub('[\\"]', "\\%0")) end

local function bytes_text(bytes)
  if bytes < 1024 then return ("%d B"):format(bytes) end
  local unit, size = 0, bytes
  while size >= 1024 and unit < 4 do unit, size = unit + 1, size / 1024 end
  return ("%.1f %siB"):format(size, ("KMGT"):sub(unit, unit))
end

-- Whether two handles are of one tensor: it has one .grad.
local function name_of_leaf(leaf, names)
  for _, entry in ipairs(names) do
    if core.same_tensor(entry.tensor, leaf) then return entry.name end
  end
end

local function read_names(names)
  local list = {}
  if names == nil then return list end
  if type(names) == "table" and type(names.named_parameters) == "function" then
    for name, tensor in names:named_parameters() do list[#list + 1] = {name = name, tensor = tensor} end
    return list
  end
  if type(names) ~= "table" then
    fail("graph: names are %s, expected a table or a module", arguments.describe(names))
  end
  for _, name in ipairs(arguments.names(names)) do
    list[#list + 1] = {name = name, tensor = arguments.tensor("graph", "names." .. name, names[name])}
  end
  return list
end

local function leaf_lines(lines, graph, names)
  for i, leaf in ipairs(graph.leaves) do
    local name = name_of_leaf(leaf, names)
    lines[#lines + 1] = ('  leaf%d [shape=box, label="%s%s %s"];'):format(i, name and escape(name) .. "\\n" or "",
      leaf.dtype, leaf.shape)
  end
end

local function edge_line(from, to, shape) return ('  %s -> %s [label="%s"];'):format(from, to, shape) end

local function source_of(input)
  if input.leaf then return "leaf" .. input.leaf end
  return input.source and "op" .. input.source
end

local function op_lines(lines, graph)
  for i, op in ipairs(graph.ops) do
    local saved = op.saved_bytes > 0 and "\\nsaves " .. bytes_text(op.saved_bytes) or ""
    lines[#lines + 1] = ('  op%d [label="%s%s"];'):format(i, escape(op.op), saved)
    for _, input in ipairs(op.inputs) do
      local source = source_of(input)
      if source then lines[#lines + 1] = edge_line(source, "op" .. i, input.shape) end
    end
  end
end

local function result_lines(lines, graph)
  for i, result in ipairs(graph.results) do
    lines[#lines + 1] = ('  result%d [shape=doublecircle, label="%s"];'):format(i, #graph.results > 1 and i or "y")
    local source = source_of(result)
    if source then lines[#lines + 1] = edge_line(source, "result" .. i, result.shape) end
  end
end

local function text_of(tensors, names)
  local graph = core.recorded_graph(tensors, 0)
  local fonts = '  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];'
  local lines = {"digraph selenograd {", fonts}
  leaf_lines(lines, graph, names)
  op_lines(lines, graph)
  result_lines(lines, graph)
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

local function write_text(path, text)
  local file, message = io.open(path, "w")
  if not file then fail("graph: %s", message) end
  file:write(text)
  if not file:close() then fail("graph: %s cannot be written", path) end
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function draw(path, text)
  local format = path:match("%.(%w+)$")
  if not format then fail("graph: the file %s has no ending that says its format, such as .dot or .svg", path) end
  if format == "dot" or format == "gv" then return write_text(path, text) end
  if not os.execute("command -v dot > /dev/null 2>&1") then
    fail("graph: a picture, %s, needs the program dot (the package graphviz); a file that ends in .dot does not",
      path)
  end
  local pipe = io.popen(("dot -T%s -o %s"):format(format, quoted(path)), "w")
  pipe:write(text)
  if not pipe:close() then fail("graph: dot could not write %s", path) end
end

local graph = {}

function graph.graph(tensors, options)
  options = arguments.option_table("graph", options)
  for name in pairs(options) do arguments.known_option("graph", name, {file = true, names = true}) end
  local list = core.is_tensor(tensors) and {tensors} or tensors
  local count = arguments.list("graph", "tensors", list)
  for i = 1, count do arguments.tensor("graph", ("tensors[%d]"):format(i), list[i]) end
  local text = text_of(list, read_names(options.names))
  if options.file ~= nil then draw(arguments.text("graph", "file", options.file), text) end
  return text
end

arguments.strict_functions("", graph)
core.methods.graph = graph.graph
return graph
