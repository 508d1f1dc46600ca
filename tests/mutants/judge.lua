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

local function names_it(text, says)
  text = text:lower()
  for word in says:gmatch("[^,]+") do
    local found = false
    for _, pattern in ipairs(assert(patterns[word:match("^%s*(.*)$")], says)) do
      found = found or text:find(pattern) ~= nil
    end
    if not found then return false end
  end
  return true
end

-- {verdict, text, seconds, good, diagnosed}; the verdict is "error" when the check itself raised. `good`: a mutant
-- failed, or was refused where its mistake says so; anything else has the verdict it should have. `diagnosed`:
-- whether the mistake was named; nil where none of a name is made.
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
  if case.says then result.diagnosed = names_it(result.text, case.says) end
  return result
end

return judge
