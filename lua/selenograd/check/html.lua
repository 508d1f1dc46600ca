-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The results as one HTML page that needs nothing else: no network, no scripts. It is well-formed XML too.

local text = require "selenograd.check.text"
local plot = require "selenograd.check.plot"
local run = require "selenograd.check.run"
local style = require "selenograd.check.style"
local words = require "selenograd.check.table"

local escape = text.escape

local most_points = 2000      -- in a plot
local points_in_page = 120000 -- in all of them, so that a page of many cases stays small
local fewest_points = 60
local most_passed_plots = 400 -- inputs in a page; in one of more, those that passed have no plots
local most_passed = 8         -- inputs of a case that passed, before they are folded into one line

local signs = {
  pass = "\u{2713}", fail = "\u{2717}", nondifferentiable = "\u{2220}", inconclusive = "?", error = "!",
  none = "\u{2013}",
}
local names = {none = "no derivative"}

local function badge(outcome, addition)
  return ('<span class="badge %s">%s %s%s</span>'):format(outcome, signs[outcome], names[outcome] or outcome,
    addition or "")
end

local function title_of(result)
  if not result.group then return result.name end
  return result.name ~= "" and result.group .. ": " .. result.name or result.group
end

local function expectation(result)
  if not result.expect then return "" end
  return result.outcome == result.expect and ", as expected" or ", expected " .. result.expect
end

-- ---- Overview -----------------------------------------------------------------------------------------------

local function head(document)
  local title = "Gradient check: " .. (document.file or "registered ops")
  local how = {}
  for _, name in ipairs { "mode", "order", "seed", "miss", "budget", "k", "step" } do
    if document.options[name] then how[#how + 1] = ("%s %s"):format(name, document.options[name]) end
  end
  return ([[
<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>%s</title>
<style>
%s</style>
</head>
<body>
<main>
<h1>%s</h1>
<p class="muted">Selenograd %s, %s%s. Analytic derivatives against GSL's adaptive differences.</p>
]]):format(escape(title), style, escape(title), escape(document.version),
    escape((document.date:gsub("T", " "):gsub("Z", " UTC"))),
    #how > 0 and "; " .. escape(table.concat(how, ", ")) or "")
end

local function cards(document)
  local counts, parts = run.count(document.results), {}
  local function card(outcome, number, name)
    if number > 0 then
      parts[#parts + 1] = ('<div class="card"><b class="%s">%s %d</b>%s</div>'):format(outcome, signs[outcome],
        number, name)
    end
  end
  card("fail", counts.failed, "failed")
  card("error", counts.error, counts.error == 1 and "error" or "errors")
  card("inconclusive", counts.inconclusive, "inconclusive")
  card("pass", counts.passed, "passed")
  card("none", counts.none, "without derivative")
  parts[#parts + 1] = ('<div class="card"><b>%d</b>elements compared</div>'):format(counts.elements)
  parts[#parts + 1] = ('<div class="card"><b>%s</b>in all</div>'):format(text.seconds(document.seconds))
  return '<div class="cards">' .. table.concat(parts) .. "</div>\n"
end

local function overview(results)
  local rows = {}
  for i, result in ipairs(results) do
    local measured = run.measure(result)
    local name = escape(title_of(result))
    local cells = {
      result.outcome == "none" and name or ('<a href="#case-%d">%s</a>'):format(i, name),
      badge(result.outcome, expectation(result)),
      measured.elements > 0 and tostring(measured.elements) or "",
      measured.error and text.short(measured.error) or "",
      measured.reveals and text.short(measured.reveals) or "",
      text.seconds(result.seconds),
    }
    rows[i] = ('<tr><td>%s</td><td>%s</td><td class="n">%s</td><td class="n">%s</td><td class="n">%s</td>' ..
      '<td class="n">%s</td></tr>\n'):format(table.unpack(cells))
  end
  return '<div class="scroll"><table>\n<thead><tr><th scope="col">case</th><th scope="col">verdict</th>' ..
    '<th scope="col" class="n">elements</th><th scope="col" class="n">relative error</th>' ..
    '<th scope="col" class="n">reveals</th><th scope="col" class="n">time</th></tr></thead>\n<tbody>\n' ..
    table.concat(rows) .. "</tbody></table></div>\n" ..
    '<p class="muted">relative error: the largest difference over the largest derivative of that input. ' ..
    "reveals: the smallest relative error that would have shown in every element that passed.</p>\n"
end

local function swatch(class, words_)
  return ('<span><svg width="14" height="14" aria-hidden="true"><rect class="%s" width="14" height="14"/></svg>' ..
    "%s</span>"):format(class, words_)
end

local function key()
  return '<div class="key"><span>difference in units of the error bar:</span>' ..
    swatch("h1", "to 0.001") .. swatch("h2", "to 0.01") .. swatch("h3", "to 0.1") .. swatch("h4", "to 1") ..
    swatch("f1", "failed, to 10") .. swatch("f2", "to 10,000") .. swatch("f3", "beyond, or not finite") ..
    swatch("hk", "kink") .. swatch("hu", "inconclusive") .. "</div>\n"
end

-- ---- One input ----------------------------------------------------------------------------------------------

local function says(outcome, words_)
  if not words_ or words_ == "" then return "" end
  return ('<p class="says %s"><span>%s</span></p>\n'):format(outcome, escape(words_))
end

local function facts(input)
  local list = {{"elements", words.count_words(input)}}
  if input.diagnosis ~= "" and input.reason ~= "" then list[#list + 1] = {"verdict", input.reason} end
  if input.worst then list[#list + 1] = {"worst element", (words.worst_words(input):gsub("^worst ", ""))} end
  if input.checked > 0 and input.resolution > 0 then
    list[#list + 1] = {"reveals", ("a relative error of %s in any element that passed"):format(
      text.short(input.resolution))}
  end
  local promise = words.promise_words(input)
  list[#list + 1] = {"mode", promise and "directional, " .. promise or input.mode}
  local parts = {}
  for i, fact in ipairs(list) do
    parts[i] = ("<dt>%s</dt><dd>%s</dd>"):format(fact[1], escape(fact[2]))
  end
  return "<dl>" .. table.concat(parts) .. "</dl>\n"
end

local function figure(picture, caption)
  return ("<figure>%s<figcaption>%s</figcaption></figure>\n"):format(picture, escape(caption))
end

local function plots(input, limit)
  if limit.without_passed and input.verdict == "pass" then return "" end
  local elements = plot.elements(input)
  if #elements == 0 then return "" end
  local some = plot.sample(elements, limit.points)
  local all = #some < #elements and ("; %d of %d elements, those that did not pass first"):format(#some, #elements)
    or ""
  local heat, folding = plot.heat(elements, input.shape)
  return '<div class="plots">\n' ..
    figure(plot.compare(some), "analytic against numeric derivative" .. all) ..
    figure(plot.residual(some), "difference in units of the error bar; above 1 it cannot be explained") ..
    figure(heat, "the same over the tensor; " .. folding) .. "</div>\n"
end

local function input_section(input, limit)
  local open = input.verdict == "fail" or input.verdict == "inconclusive"
  local reason = input.diagnosis == "" and input.reason or ""
  return ("<details%s><summary><span><h3>%s</h3>%s</span></summary>\n%s%s%s%s</details>\n"):format(
    open and ' open="open"' or "", escape(words.input_title(input)), badge(input.verdict),
    says(input.verdict, input.diagnosis), says(input.verdict, reason), facts(input), plots(input, limit))
end

-- Those that did not pass, then the others.
local function input_sections(inputs, limit)
  local first, passed = {}, {}
  for _, input in ipairs(inputs) do
    local list = input.verdict == "pass" and passed or first
    list[#list + 1] = input_section(input, limit)
  end
  local rest = table.concat(passed)
  if #passed > most_passed then
    rest = ("<details><summary>%d inputs that passed</summary>\n%s</details>\n"):format(#passed, rest)
  end
  return table.concat(first) .. rest
end

-- ---- One case -----------------------------------------------------------------------------------------------

local function structures(report)
  local names_passed, parts = {}, {}
  for _, structure in ipairs(report.structures or {}) do
    if structure.verdict == "pass" then
      names_passed[#names_passed + 1] = structure.name
    else
      parts[#parts + 1] = says(structure.verdict, ("%s: %s. %s"):format(structure.name, structure.verdict,
        structure.text))
    end
  end
  if #names_passed > 0 then
    parts[#parts + 1] = ('<p class="muted">Without differences: %s hold.</p>\n'):format(
      escape(table.concat(names_passed, ", ")))
  end
  return table.concat(parts)
end

local function case_section(i, result, limit)
  local parts = {('<section id="case-%d">\n<header><h2>%s</h2>%s<span class="muted">%s</span></header>\n'):format(i,
    escape(title_of(result)), badge(result.outcome, expectation(result)), text.seconds(result.seconds))}
  parts[#parts + 1] = says(result.status == "failed" and "fail" or "error", result.message)
  if result.traceback then
    parts[#parts + 1] = ("<details><summary>traceback</summary><pre>%s</pre></details>\n"):format(
      escape(result.traceback))
  end
  local report = result.report
  if report then
    parts[#parts + 1] = says(report.verdict, report.reason) .. structures(report)
    parts[#parts + 1] = ('<p class="muted">%s of the function%s</p>\n'):format(
      text.count(report.evaluations, "evaluation"), report.notes ~= "" and "; " .. escape(report.notes) or "")
    parts[#parts + 1] = input_sections(report.inputs, limit)
  end
  parts[#parts + 1] = "</section>\n"
  return table.concat(parts)
end

local function point_limit(results)
  local inputs = 0
  for _, result in ipairs(results) do inputs = inputs + #(result.report and result.report.inputs or {}) end
  local points = math.max(fewest_points, math.min(most_points, points_in_page // math.max(inputs, 1)))
  return {points = points, inputs = inputs, without_passed = inputs > most_passed_plots}
end

-- The cases that did not pass come first.
local function sections(results, limit)
  local first, passed = {}, {}
  for i, result in ipairs(results) do
    local list = result.status == "passed" and passed or first
    if result.outcome ~= "none" then list[#list + 1] = case_section(i, result, limit) end
  end
  return table.concat(first) .. table.concat(passed)
end

return function(document)
  local limit = point_limit(document.results)
  local note = ""
  if limit.without_passed then
    note = ('<p class="muted">On a page of %d inputs, those that passed have no plots: check fewer at a time to ' ..
      "see them.</p>\n"):format(limit.inputs)
  end
  return table.concat {head(document), cards(document), overview(document.results), key(), note,
    sections(document.results, limit), "</main>\n</body>\n</html>\n"}
end
