-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The results as JSON; docs/gradcheck.md describes the document. One case a line, so that two reports can be
-- compared by the tools that compare lines.

local json = require "selenograd.json"
local text = require "selenograd.check.text"
local run = require "selenograd.check.run"

local function clean(value)
  return type(value) == "string" and text.clean(value) or value
end

-- A copy of the fields that are there.
local function pick(from, names)
  local picked = {}
  for name in names:gmatch("%S+") do picked[name] = clean(from[name]) end
  return picked
end

local function list(values, convert)
  local converted = {}
  for i, value in ipairs(values or {}) do converted[i] = convert and convert(value) or value end
  return json.array(converted)
end

local function worst(element)
  if not element then return json.null end
  local picked = pick(element, "position analytic numeric error_bar verdict")
  picked.index = list(element.index)
  return picked
end

-- Columns of equal length.
local function values(input)
  local all = input:values()
  local verdicts = list(all.verdicts:totable(), function(place) return all.verdict_names[place] end)
  return {position = list(all.positions:totable()), analytic = list(all.analytic:totable()),
    numeric = list(all.numeric:totable()), error_bar = list(all.error_bar:totable()), verdict = verdicts}
end

local function input_of(input)
  local picked = pick(input, [[name position order mode verdict diagnosis reason checked passed failed
    nondifferentiable inconclusive skipped max_error largest resolution probes dense_error dense_miss single_error
    single_miss]])
  local counts = "passed failed nondifferentiable inconclusive"
  picked.directions = input.directions and pick(input.directions, counts)
  picked.entries = input.entries and pick(input.entries, counts)
  picked.shape = list(input.shape)
  picked.worst = worst(input.worst)
  picked.values = values(input)
  return picked
end

local function report_of(report)
  local picked = pick(report, "ok verdict mode order miss evaluations reason notes")
  picked.structures = list(report.structures, function(structure) return pick(structure, "name verdict text") end)
  picked.inputs = list(report.inputs, input_of)
  return picked
end

-- Tables and tensors among the options (names, masks) are left out.
local function options_of(options)
  local picked = {}
  for name, value in pairs(options or {}) do
    local simple = type(value) == "string" or type(value) == "number" or type(value) == "boolean"
    if simple and type(name) == "string" then picked[text.clean(name)] = clean(value) end
  end
  return picked
end

local function case_of(result)
  local picked = pick(result, "name status outcome expect message traceback seconds")
  picked.op = result.group
  picked.options = options_of(result.options)
  picked.report = result.report and report_of(result.report) or nil
  return picked
end

-- document: see init.lua. Returns the text.
return function(document)
  local head = pick(document, "file version date seconds exit_code")
  head.format, head.format_version = "selenograd check", 1
  head.options = options_of(document.options)
  head.counts = pick(run.count(document.results), "cases passed failed inconclusive error none elements")
  local lines = {}
  for i, result in ipairs(document.results) do lines[i] = json.encode(case_of(result)) end
  local start = json.encode(head)
  return ('%s,"cases":[\n%s\n]}\n'):format(start:sub(1, -2), table.concat(lines, ",\n"))
end
