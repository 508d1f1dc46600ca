-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Checks one case and says what came of it.
local sg = require "selenograd"
local patterns = require "mutants.diagnosis"

local judge = {}

local function words(report)
  local list = {report.reason, report.notes}
  for _, structure in ipairs(report.structures or {}) do list[#list + 1] = structure.text end
  for _, input in ipairs(report.inputs) do
    list[#list + 1] = input.diagnosis
    list[#list + 1] = input.reason
  end
  local full = {}
  for _, text in ipairs(list) do
    if text ~= "" then full[#full + 1] = text end
  end
  return table.concat(full, "\n")
end

-- The counts of every input add up to its elements, and the verdicts follow from the counts.
local ranks = {pass = 0, nondifferentiable = 1, inconclusive = 2, fail = 3}
local kinds = {passed = 0, nondifferentiable = 1, inconclusive = 2, failed = 3}

local function add_up(counts)
  local sum, worst = 0, 0
  for kind, rank in pairs(kinds) do
    sum = sum + counts[kind]
    if counts[kind] > 0 then worst = math.max(worst, rank) end
  end
  return sum, worst
end

local function is_consistent(input)
  local elements, worst = add_up(input)
  local compared, size = elements, 1
  for _, n in ipairs(input.shape) do size = size * n end
  for _, counts in pairs {input.directions, input.entries} do
    local sum, worse = add_up(counts)
    compared, worst = compared + sum, math.max(worst, worse)
  end
  if compared == 0 and size > 0 then worst = ranks.inconclusive end
  if elements ~= input.checked or input:values().count ~= elements then return false end
  if input.mode == "full" and elements > 0 and elements + input.skipped ~= size then return false end
  if worst >= ranks.inconclusive and (input.dense_miss < 1 or input.single_miss < 1) then return false end
  return ranks[input.verdict] == worst
end

local function is_report_consistent(report)
  local worst = report.reason ~= "" and ranks.fail or 0
  for _, structure in ipairs(report.structures or {}) do
    if structure.verdict == "fail" then worst = ranks.fail end
  end
  for _, input in ipairs(report.inputs) do
    if not is_consistent(input) then return false end
    worst = math.max(worst, ranks[input.verdict])
  end
  return worst == ranks[report.verdict] and report.ok == (worst < ranks.inconclusive)
end

local function has(text, word)
  for _, pattern in ipairs(assert(patterns[word:match("^%s*(.*)$")], word)) do
    if text:find(pattern) then return true end
  end
  return false
end

local function names_it(text, says)
  for word in says:gmatch("[^,]+") do
    if not has(text:lower(), word) then return false end
  end
  return true
end

-- {verdict, text, seconds, good, diagnosed}; the verdict is "error" when the check itself raised. `good`: a mutant
-- failed, or was refused where its mistake says so; anything else has the verdict it should have. `diagnosed`:
-- whether the mistake was named, or not named where it only looks so; nil where none of a name is made.
function judge.run(case, mode)
  local check = {}
  for name, value in pairs(case.check) do check[name] = value end
  check.mode = mode
  local inputs = case.inputs()
  if check.names then check.names = table.move(check.names, 1, #inputs, 1, {}) end
  local start = sg.time()
  local done, report = pcall(sg.gradcheck, case.make(), inputs, check)
  local result = {seconds = sg.time() - start, case = case}
  if done then
    result.verdict, result.text, result.report = report.verdict, words(report), report
  else
    result.verdict, result.text = "error", tostring(report)
  end
  if case.raises then
    result.good = result.verdict == "error" and result.text:find(case.raises) ~= nil or result.verdict == "fail"
  elseif type(case.expect) == "table" then
    for _, expected in ipairs(case.expect) do result.good = result.good or result.verdict == expected end
  else
    result.good = result.verdict == case.expect
  end
  if done and not is_report_consistent(report) then
    result.good = false
    result.text = "THE COUNTS DO NOT AGREE WITH THE VERDICT\n" .. report.text
  end
  if case.says then result.diagnosed = names_it(result.text, case.says) end
  if case.denies then result.diagnosed = not names_it(result.text, case.denies) end
  return result
end

return judge
