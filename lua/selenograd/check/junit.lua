-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The results as the XML that continuous integration systems read since JUnit. An inconclusive case is a <failure>
-- of type "inconclusive": these systems know only passed and not passed, and it has not passed. An op without a
-- derivative is <skipped>.

local text = require "selenograd.check.text"
local run = require "selenograd.check.run"

local escape = text.escape

local function seconds(value) return ("%.6f"):format(value) end

-- The whole story, as the terminal tells it.
local function story(result)
  local parts = {}
  if result.message and not result.traceback then parts[#parts + 1] = result.message end
  if result.report then parts[#parts + 1] = tostring(result.report) end
  if result.traceback then parts[#parts + 1] = result.traceback end
  return table.concat(parts, "\n")
end

-- One line: the diagnosis of the first input that did not pass.
local function headline(result)
  if result.message then return result.message end
  local report = result.report
  for _, input in ipairs(report.inputs) do
    if input.verdict == report.verdict then
      local why = input.diagnosis ~= "" and input.diagnosis or input.reason
      return ("%s: %s%s"):format(input.name, input.verdict, why ~= "" and ": " .. why or "")
    end
  end
  return report.reason ~= "" and report.reason or report.verdict
end

local function outcome(result)
  if result.status == "passed" then return "" end
  if result.status == "none" then return ('<skipped message="%s"/>'):format(escape(result.message)) end
  local element = result.status == "error" and "error" or "failure"
  return ('<%s type="%s" message="%s">%s</%s>'):format(element, escape(result.outcome),
    escape(text.line(headline(result))), escape(story(result)), element)
end

local function testcase(result, class)
  local name = result.name ~= "" and result.name or result.group
  return ('    <testcase classname="%s" name="%s" time="%s">%s</testcase>\n'):format(
    escape(result.group or class), escape(name), seconds(result.seconds), outcome(result))
end

local function properties(document)
  local lines = {('      <property name="version" value="%s"/>\n'):format(escape(document.version))}
  local names = {}
  for name in pairs(document.options) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    lines[#lines + 1] = ('      <property name="%s" value="%s"/>\n'):format(escape(name),
      escape(tostring(document.options[name])))
  end
  return table.concat(lines)
end

return function(document)
  local counts = run.count(document.results)
  local totals = ('tests="%d" failures="%d" errors="%d" skipped="%d" time="%s"'):format(counts.cases,
    counts.failed + counts.inconclusive, counts.error, counts.none, seconds(document.seconds))
  local class = document.file and document.file:match("([^/]*)%.lua$") or document.file or "ops"
  local cases = {}
  for i, result in ipairs(document.results) do cases[i] = testcase(result, class) end
  return table.concat {
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    ('<testsuites name="selenograd check" %s>\n'):format(totals),
    ('  <testsuite name="%s" timestamp="%s" %s>\n'):format(escape(document.file or "ops"),
      document.date:gsub("Z$", ""), totals),
    "    <properties>\n", properties(document), "    </properties>\n",
    table.concat(cases),
    "  </testsuite>\n</testsuites>\n",
  }
end
