-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The results on a terminal, or as plain text of at most 80 columns: a line for each case (for ops: for each op)
-- as soon as it is known, and under it whatever a reader has to know.

local sg = require "selenograd"
local text = require "selenograd.check.text"
local run = require "selenograd.check.run"

local columns = 80
local name_width = 24

local Table = {}
Table.__index = Table

-- ---- Colours ----------------------------------------------------------------------------------------------

local colours = {
  pass = "32", nondifferentiable = "36", fail = "1;31", inconclusive = "33", error = "1;35", none = "2",
  ["no samples"] = "33",
  failed = "1;31", passed = "32", dim = "2", bold = "1",
}
-- What has to be seen is in capitals, for those who see no colours.
local words = {fail = "FAIL", error = "ERROR", none = "no derivative"}

function Table:paint(colour, words_)
  if not self.colour then return words_ end
  return ("\27[%sm%s\27[0m"):format(colours[colour], words_)
end

-- Options: stream, colour, terminal (progress is shown), verbose, quiet, total (of cases).
local function new(options)
  local self = setmetatable({}, Table)
  for name, value in pairs(options) do self[name] = value end
  return self
end

function Table:print(...)
  self.stream:write((table.concat({...}):gsub(" +$", "")), "\n")
end

function Table:paragraph(words_, indent, colour)
  for _, line in ipairs(text.wrap(words_, columns, indent)) do
    self:print(colour and self:paint(colour, line) or line)
  end
end

-- ---- Rows -------------------------------------------------------------------------------------------------

local function row(name, verdict, elements, relative, reveals, time)
  return ("%s %s %s %s %s %s"):format(text.pad(name, name_width), verdict, text.pad(elements, -8),
    text.pad(relative, -9), text.pad(reveals, -8), text.pad(time, -8))
end

local function verdict_cell(self, verdict, expected)
  if expected and #verdict <= 7 then
    return self:paint("passed", verdict .. " expected") .. (" "):rep(8 - #verdict)
  end
  local word = words[verdict] or verdict
  return self:paint(verdict, word) .. (" "):rep(17 - #word)
end

function Table:header(title)
  if self.quiet then return end
  self:paragraph(title, "", "bold")
  self:print()
  self:print(self:paint("dim", row("case", text.pad("verdict", 17), "elements", "rel.error", "reveals", "time")))
end

-- The name has a line of its own, or several, when it is long: it is never cut.
function Table:row(name, verdict, measured, time, expected)
  if text.width(name) > name_width then
    self:paragraph(name, name:match("^ *"))
    name = ""
  end
  local elements = (verdict == "none" or verdict == "no samples") and "" or tostring(measured.elements)
  self:print(row(name, verdict_cell(self, verdict, expected), elements,
    measured.error and text.short(measured.error) or "", measured.reveals and text.short(measured.reveals) or "",
    time and text.seconds(time) or ""))
end

-- ---- Under a row ------------------------------------------------------------------------------------------

local function worst_words(input)
  local worst = input.worst
  return ("worst at %s: analytic %s, numeric %s, error bar %s"):format(text.list(worst.index),
    text.long(worst.analytic), text.long(worst.numeric), text.short(worst.error_bar))
end

local function add_counts(parts, title, counts)
  for _, kind in ipairs { "failed", "inconclusive", "nondifferentiable", "passed", "skipped" } do
    if (counts[kind] or 0) > 0 then
      parts[#parts + 1] = ("%s%d %s"):format(title, counts[kind], kind)
      title = ""
    end
  end
end

-- "2 failed, 3 passed, directions: 1 failed, 2 passed"
local function count_words(input)
  local parts = {}
  add_counts(parts, "", input)
  add_counts(parts, "directions: ", input.directions or {})
  add_counts(parts, "entries of the Jacobian: ", input.entries or {})
  return table.concat(parts, ", ")
end

-- What directional mode promises, nil for a full check.
local function promise_words(input)
  if input.mode ~= "directional" then return nil end
  if input.dense_miss == 1 and input.single_miss == 1 then
    return ("%s and %s: nothing is promised"):format(text.count(input.probes, "probe"),
      text.count(input.checked, "element"))
  end
  return ("%s and %s: a gradient off by %s of its norm slips through with probability %s at most, " ..
    "one element off by %s of the root mean square with %s"):format(text.count(input.probes, "probe"),
    text.count(input.checked, "element"), text.short(input.dense_error), text.short(input.dense_miss),
    text.short(input.single_error), text.short(input.single_miss))
end

Table.worst_words, Table.count_words, Table.promise_words = worst_words, count_words, promise_words

local function input_title(input)
  local order = input.order > 1 and (" (order %d)"):format(input.order) or ""
  return ("%s %s%s"):format(text.line(input.name), text.list(input.shape), order)
end
Table.input_title = input_title

function Table:input(input)
  local measured = {elements = input.checked}
  if input.checked > 0 then
    measured.error = run.relative_error(input)
    measured.reveals = input.resolution > 0 and input.resolution or nil
  end
  self:row("  " .. input_title(input), input.verdict, measured)
  local detail = "      "
  if input.verdict ~= "pass" then
    if input.diagnosis ~= "" then self:paragraph(input.diagnosis, detail, "bold") end
    if input.checked > 1 then self:paragraph(count_words(input), detail) end
    if input.worst then self:paragraph(worst_words(input), detail) end
  end
  if input.reason ~= "" and (input.diagnosis == "" or self.verbose) then self:paragraph(input.reason, detail) end
  if self.verbose and promise_words(input) then self:paragraph(promise_words(input), detail) end
end

function Table:report(result)
  local report = result.report
  if report.reason ~= "" then self:paragraph(report.reason, "    ") end
  for _, structure in ipairs(report.structures or {}) do
    if structure.verdict == "fail" or self.verbose and structure.verdict ~= "pass" then
      self:paragraph(("%s: %s. %s"):format(structure.name, structure.verdict, structure.text), "    ")
    end
  end
  for _, input in ipairs(report.inputs) do
    if self.verbose or input.verdict ~= "pass" then self:input(input) end
  end
  if self.verbose and report.notes ~= "" then self:paragraph(report.notes, "    ", "dim") end
  if self.verbose then
    self:paragraph(text.count(report.evaluations, "evaluation") .. " of the function", "    ", "dim")
  end
end

-- An input that was left out must not be taken for one that passed.
local function left_out_words(report)
  return report.notes:match("[^\n]* not checked: requires_grad is false")
end

local function kink_words(report)
  local elements = 0
  for _, input in ipairs(report.inputs) do elements = elements + input.nondifferentiable end
  return text.count(elements, "element") .. " at a kink, where the gradient is a valid subgradient"
end

function Table:details(result)
  local whole = self.verbose and result.traceback
  if result.outcome ~= "none" and (whole or result.message) then
    self:paragraph(whole or result.message, "    ")
  end
  if result.report and (self.verbose or result.status ~= "passed") then
    self:report(result)
  elseif result.outcome == "nondifferentiable" and not self.quiet then
    self:paragraph(kink_words(result.report), "    ")
  end
  local left_out = result.report and not self.verbose and not self.quiet and left_out_words(result.report)
  if left_out then self:paragraph(left_out, "    ", "dim") end
end

-- ---- While it runs ----------------------------------------------------------------------------------------

local redraw = 0.1 -- seconds between two drawings

function Table:clear()
  if self.drawn then self.stream:write("\r\27[K") end
  self.drawn = nil
end

function Table:before(i, case)
  if not self.terminal then return end
  local name = case.group and case.group .. ": " .. case.name or case.name
  self.line, self.begun = ("[%d/%d] %s"):format(i, self.total, name), sg.time()
  self:draw(self.line)
end

-- A case that takes longer shows for how long.
function Table:progress()
  local seconds = self.terminal and math.floor(sg.time() - self.begun) or 0
  if seconds > 0 then self:draw(("%s (%d s)"):format(text.cut(self.line, columns - 12), seconds)) end
end

function Table:draw(line)
  local now = sg.time()
  if self.drawn_at and now - self.drawn_at < redraw then return end
  self.drawn_at, self.drawn = now, true
  self.stream:write("\r\27[K", self:paint("dim", text.cut(line, columns - 1)))
  self.stream:flush()
end

function Table:after(result)
  self:clear()
  if self.quiet and result.status == "passed" or self.quiet and result.status == "none" then return end
  self:row(result.name, result.outcome, run.measure(result), result.seconds,
    result.expect and result.outcome == result.expect)
  self:details(result)
  self.stream:flush()
end

-- The samples of one op, as one row; those that did not pass have rows of their own under it.
local order_of_outcomes = {none = 0, pass = 1, nondifferentiable = 2, inconclusive = 3, fail = 4, error = 5}

function Table:group(name, results)
  self:clear()
  local outcome, measured, seconds, passed = "none", {elements = 0}, 0, true
  for _, result in ipairs(results) do
    local own = run.measure(result)
    if order_of_outcomes[result.outcome] > order_of_outcomes[outcome] then outcome = result.outcome end
    passed = passed and (result.status == "passed" or result.status == "none")
    measured.elements = measured.elements + own.elements
    measured.error = own.error and math.max(measured.error or 0, own.error) or measured.error
    measured.reveals = own.reveals and math.max(measured.reveals or 0, own.reveals) or measured.reveals
    seconds = seconds + result.seconds
  end
  if self.quiet and passed then return end
  self:row(name, results[1].without_samples and "no samples" or outcome, measured, seconds)
  for _, result in ipairs(results) do
    if result.outcome ~= "none" and (self.verbose or result.status ~= "passed") then
      self:row("  " .. result.name, result.outcome, run.measure(result), result.seconds)
      self:details(result)
    end
  end
  self.stream:flush()
end

-- ---- The last line ----------------------------------------------------------------------------------------

function Table:summary(results, seconds)
  self:clear()
  local counts, parts = run.count(results), {}
  local function add(kind, colour, words_)
    if counts[kind] > 0 then parts[#parts + 1] = self:paint(colour, ("%d %s"):format(counts[kind], words_)) end
  end
  add("passed", "passed", "passed")
  add("failed", "failed", "failed")
  add("inconclusive", "inconclusive", "inconclusive")
  add("error", "error", counts.error == 1 and "error" or "errors")
  add("without_samples", "no samples", "without samples")
  counts.none = counts.none - counts.without_samples
  add("none", "none", "without derivative")
  if not self.quiet then self:print() end
  self:print(table.concat(parts, ", "), (" (%s, %s, %s)"):format(
    text.count(counts.cases, self.group_results and "sample" or "case"),
    text.count(counts.elements, "element"), text.seconds(seconds)))
end

function Table:wrote(path)
  if not self.quiet then self:print("wrote ", path) end
end

return {new = new, worst_words = worst_words, count_words = count_words, promise_words = promise_words,
  input_title = input_title}
