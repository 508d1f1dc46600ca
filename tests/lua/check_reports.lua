-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Reads the reports that check_command_test.sh had written: JSON with the fields that are documented, XML and HTML
-- well formed, HTML without anything from outside. Usage: selenograd check_reports.lua JSON JUNIT HTML

local json = require "selenograd.json"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- Whether every element is closed, in order; a reader of the subset of XML that the reports use.
local function assert_well_formed(name, text)
  assert(utf8.len(text), name .. " is not UTF-8")
  assert(not text:find("[%z\1-\8\11\12\14-\31]"), name .. " has control characters")
  local open, at = {}, 1
  text = text:gsub("^<%?.-%?>%s*", ""):gsub("^<!DOCTYPE[^>]*>%s*", "")
  while true do
    local start, stop, slash, tag, attributes, single = text:find("<(/?)([%a][%w%-]*)([^<>]*)(/?)>", at)
    local between = text:sub(at, (start or 0) - 1)
    assert(not between:find("[<]"), name .. ": a loose < in " .. between:sub(1, 60))
    for entity in between:gmatch("&[^;%s]*;?") do
      assert(entity:match("^&[%a#][%w]*;$"), name .. ": a loose & in " .. between:sub(1, 60))
    end
    if not start then break end
    if attributes:sub(-1) == "/" then single, attributes = "/", attributes:sub(1, -2) end
    local rest = attributes:gsub("%s+[%w:%-]+=\"[^\"<]*\"", "")
    assert(rest:match("^%s*$"), ("%s: attributes of <%s%s>"):format(name, tag, attributes))
    if slash == "/" then
      assert(table.remove(open) == tag, ("%s: </%s> closes something else"):format(name, tag))
    elseif single ~= "/" then
      open[#open + 1] = tag
    end
    at = stop + 1
  end
  assert(#open == 0, name .. ": not closed: " .. table.concat(open, ", "))
end

local report = json.decode(read(arg[1]))
assert(report.format == "selenograd check" and report.format_version == 1 and report.exit_code == 2)
assert(report.counts.cases == 5 and report.counts.failed == 1 and report.counts.inconclusive == 1)
-- What the whole counts is the sum of what its cases count, and these that of their elements.
local elements, by_status = 0, {passed = 0, failed = 0, inconclusive = 0, error = 0, none = 0}
for _, case in ipairs(report.cases) do
  by_status[case.status] = by_status[case.status] + 1
  for _, input in ipairs(case.report and case.report.inputs or {}) do
    elements = elements + input.checked
    assert(input.checked == input.passed + input.failed + input.nondifferentiable + input.inconclusive)
    assert(input.checked == #input.values.position)
  end
end
assert(report.counts.elements == elements, "elements")
for status, count in pairs(by_status) do assert(report.counts[status] == count, status) end
local by_outcome = {}
for _, case in ipairs(report.cases) do by_outcome[case.outcome] = case end
local failed = by_outcome.fail
assert(failed.name == "<a & \"b\">\u{FFFD}\u{FFFD} \u{E9}", failed.name)
local input = failed.report.inputs[1]
assert(input.verdict == "fail" and input.failed == 12 and input.checked == 12 and #input.shape == 2)
assert(#input.values.analytic == 12 and input.values.verdict[1] == "fail" and input.worst.index[1] >= 1)
assert(by_outcome.error.message:find("no such luck") and by_outcome.error.traceback)
assert(by_outcome.inconclusive.status == "inconclusive")

local junit = read(arg[2])
assert_well_formed("JUnit", junit)
assert(junit:find('tests="5" failures="2" errors="1" skipped="0"', 1, true), "totals of JUnit")
assert(junit:find('<failure type="inconclusive"', 1, true) and junit:find('<error type="error"', 1, true))

local html = read(arg[3])
assert_well_formed("HTML", html)
for _, outside in ipairs { "<script", "<link", "<img", "@import", "url%(", "src=" } do
  assert(not html:find(outside), "the page takes something from outside: " .. outside)
end
assert(html:gsub("http://www%.w3%.org/1999/xhtml", ""):find("https?://") == nil, "the page refers to the network")
for _, part in ipairs { "<svg", "&lt;a &amp; &quot;b&quot;&gt;", "prefers%-color%-scheme: dark", "no such luck" } do
  assert(html:find(part), "the page lacks " .. part)
end
