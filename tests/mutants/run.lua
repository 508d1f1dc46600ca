-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The checker's power, measured: deliberately wrong derivatives, all of which it must catch, and name the mistake
-- where it has a name, and right but awkward functions, none of which it may fail. Exit 0: so it was; 1: not;
-- 2: wrong options.
--
--   selenograd tests/mutants/run.lua [--filter TEXT] [--mode full|directional|auto] [--verbose]
local folder = arg[0]:match("^(.*)/mutants/[^/]*$") or ".."
package.path = folder .. "/?.lua;" .. package.path

local cases = require "mutants.cases"
local judge = require "mutants.judge"

local function usage()
  io.stderr:write("usage: selenograd run.lua [--filter TEXT] [--mode full|directional|auto] [--verbose]\n")
  os.exit(2)
end

local function read_options()
  local o, i = {mode = "full"}, 1
  while arg[i] do
    local name = arg[i]:match("^%-%-(%l+)$")
    if name == "verbose" then
      o.verbose = true
    elseif (name == "filter" or name == "mode") and arg[i + 1] then
      o[name], i = arg[i + 1], i + 1
    else
      usage()
    end
    i = i + 1
  end
  return o
end

-- ---- Counting ----

local function new_tally() return {order = {}, rows = {}} end

local function row_of(tally, group)
  local row = tally.rows[group]
  if not row then
    row = {group = group, count = 0, good = 0, defined = 0, diagnosed = 0, right = 0, seconds = 0, verdicts = {}}
    tally.rows[group] = row
    tally.order[#tally.order + 1] = row
  end
  return row
end

local function count(row, result)
  row.seconds = row.seconds + result.seconds
  if result.case.kind == "right" then
    row.right = row.right + 1
    row.right_good = (row.right_good or 0) + (result.good and 1 or 0)
    return
  end
  row.count = row.count + 1
  row.good = row.good + (result.good and 1 or 0)
  row.verdicts[result.verdict] = (row.verdicts[result.verdict] or 0) + 1
  if result.diagnosed ~= nil then
    row.defined = row.defined + 1
    row.diagnosed = row.diagnosed + (result.diagnosed and 1 or 0)
  end
end

local function total(tally)
  local sum = {count = 0, good = 0, defined = 0, diagnosed = 0, right = 0, right_good = 0, seconds = 0}
  sum.verdicts = {}
  for _, row in ipairs(tally.order) do
    for name in pairs(sum) do
      if name ~= "verdicts" then sum[name] = sum[name] + (row[name] or 0) end
    end
    for verdict, n in pairs(row.verdicts) do sum.verdicts[verdict] = (sum.verdicts[verdict] or 0) + n end
  end
  return sum
end

-- ---- Printing ----

local function print_mutants(tally)
  print(("%-24s %8s %8s %12s %12s %9s"):format("wrong derivatives", "mutants", "caught", "diagnosed", "right twins",
    "seconds"))
  local function line(name, row)
    print(("%-24s %8d %8d %12s %12s %9.2f"):format(name, row.count, row.good,
      row.defined > 0 and ("%d of %d"):format(row.diagnosed, row.defined) or "",
      ("%d of %d"):format(row.right_good or 0, row.right), row.seconds))
  end
  for _, row in ipairs(tally.order) do line(row.group, row) end
  line("all", total(tally))
end

local function print_awkward(tally)
  print(("\n%-24s %9s %6s %6s %13s %7s %9s"):format("awkward functions", "functions", "pass", "kink",
    "inconclusive", "failed", "seconds"))
  local function line(name, row)
    local v = row.verdicts
    print(("%-24s %9d %6d %6d %13d %7d %9.2f"):format(name, row.count, v.pass or 0, v.nondifferentiable or 0,
      v.inconclusive or 0, (v.fail or 0) + (v.error or 0), row.seconds))
  end
  for _, row in ipairs(tally.order) do line(row.group, row) end
  line("all", total(tally))
end

local function indented(text) return "    " .. text:gsub("\n", "\n    ") end

local function print_results(results, wanted, title)
  local any = false
  for _, result in ipairs(results) do
    if wanted(result) then
      if not any and title then print("\n" .. title) end
      any = true
      local expected = type(result.case.expect) == "table" and table.concat(result.case.expect, " or ")
        or result.case.expect
      print(("  %s: %s%s%s"):format(result.case.name, result.verdict,
        result.good and "" or ", expected " .. expected,
        result.diagnosed ~= false and "" or result.case.says and ", not named: " .. result.case.says
          or ", named, though it is not: " .. result.case.denies))
      if result.text ~= "" then print(indented(result.text)) end
    end
  end
end

-- ---- Main ----

local o = read_options()
local list = cases.list(o.filter)
if #list == 0 then
  io.stderr:write("no case contains '" .. tostring(o.filter) .. "'\n")
  os.exit(2)
end
local mutants, awkward, results = new_tally(), new_tally(), {}
for _, case in ipairs(list) do
  local result = judge.run(case, o.mode)
  results[#results + 1] = result
  count(row_of(case.kind == "awkward" and awkward or mutants, case.group), result)
end
if o.verbose then print_results(results, function() return true end) end
if #mutants.order > 0 then print_mutants(mutants) end
if #awkward.order > 0 then print_awkward(awkward) end

-- Along directions, names are counted only: inputs are settled under different weights, each by some elements.
local function as_expected(result)
  return result.good and (result.diagnosed ~= false or o.mode == "directional")
end
print_results(results, function(result) return not as_expected(result) end, "not as expected:")
local wrong, right = total(mutants), total(awkward)
local failed = (right.verdicts.fail or 0) + (right.verdicts.error or 0) + wrong.right - wrong.right_good
local all_good = true
for _, result in ipairs(results) do all_good = all_good and as_expected(result) end
print(("\ncaught %d of %d wrong derivatives, named the mistake in %d of %d cases;"):format(wrong.good,
  wrong.count, wrong.diagnosed, wrong.defined))
print(("failed %d of %d right functions"):format(failed, right.count + wrong.right))
os.exit(all_good and 0 or 1)
