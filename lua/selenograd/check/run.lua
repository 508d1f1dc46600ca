-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Checks cases one after the other, whatever happens in any of them.
--
-- A result: name, group (of an op's samples, else nil), options (what sg.gradcheck was given), expect, seconds,
-- outcome ("pass", "fail", "nondifferentiable", "inconclusive", "error", or "none": nothing to differentiate),
-- status ("passed", "failed", "inconclusive", "error", "none"), report (of sg.gradcheck; nil after an error),
-- message and traceback (of an error; message also with "none" and with an expectation that was not met).

local sg = require "selenograd"
local cases = require "selenograd.check.cases"

local run = {}

local statuses = {
  pass = "passed", nondifferentiable = "passed", fail = "failed", inconclusive = "inconclusive", error = "error",
  none = "none",
}

local function merge(first, second)
  local merged = {}
  for name, value in pairs(first or {}) do merged[name] = value end
  for name, value in pairs(second or {}) do merged[name] = value end
  return merged
end

-- The position of this library says nothing to a user; that of the user's own line stays.
local function without_own_position(message)
  return (message:gsub("^[^\n]-lua/5%.4/selenograd/[%w_/]+%.lua:%d+: ", ""))
end

local function judge(result)
  result.status = statuses[result.outcome]
  if not result.expect then return end
  if result.outcome == result.expect then
    result.status = "passed"
  elseif result.outcome ~= "error" then
    result.status = "failed"
    result.message = ("the verdict is %s, expected %s"):format(result.outcome, result.expect)
  end
end

-- Checks one case. `make(case)` returns {f, inputs, options, expect}, or {none = reason} when there is nothing to
-- differentiate. `progress()`, if given, is called some times a second while it is checked.
function run.one(case, make, check_options, progress)
  local result = {name = case.name, group = case.group, without_samples = case.without_samples}
  local started = sg.time()
  local good, failure = xpcall(function()
    local made = make(case)
    result.expect = made.expect
    if made.none then
      result.outcome, result.message = "none", made.none
      return
    end
    result.options = merge(made.options, check_options)
    result.report = sg.gradcheck(made.f, made.inputs, merge(result.options, {progress = progress}))
    result.outcome = result.report.verdict
  end, cases.failure)
  result.seconds = sg.time() - started
  if not good then
    result.outcome = "error"
    result.message = without_own_position(failure.message)
    result.traceback = failure.traceback
  end
  judge(result)
  return result
end

-- Checks all of them; returns the list of results. Every case starts from the same random state, so that what it
-- draws does not depend on the others. `before(i, case)` and `after(i, result)` are told of each, `progress()` now
-- and then in between;
-- `interrupted()` says whether the user has had enough, which ends everything with an error.
function run.all(list, make, check_options, told)
  local results, state = {}, told.random_state
  for i, case in ipairs(list) do
    told.before(i, case)
    sg.set_rng_state(state)
    local result = run.one(case, make, check_options, told.progress)
    if told.interrupted() then error("interrupted", 0) end
    results[i] = result
    told.after(i, result)
  end
  return results
end

-- ---- What the results come to -------------------------------------------------------------------------------

-- {passed, failed, inconclusive, error, none, cases, elements}: how many of each; without_samples: those of `none`
-- that may well have a derivative.
function run.count(results)
  local counts = {passed = 0, failed = 0, inconclusive = 0, error = 0, none = 0, without_samples = 0,
    cases = #results, elements = 0}
  for _, result in ipairs(results) do
    counts[result.status] = counts[result.status] + 1
    counts.elements = counts.elements + run.measure(result).elements
    if result.without_samples then counts.without_samples = counts.without_samples + 1 end
  end
  return counts
end

function run.exit_code(results)
  local counts = run.count(results)
  if counts.error > 0 then return 2 end
  if counts.failed > 0 then return 1 end
  return counts.inconclusive > 0 and 3 or 0
end

-- The largest error of an input relative to its largest derivative. nil where the derivative is zero as far as
-- one can see: an error within its bar has nothing to be relative to.
function run.relative_error(input)
  local bar = input.worst and input.worst.error_bar or 0
  if input.max_error == 0 then return 0 end
  if input.verdict ~= "fail" and not (input.largest > bar) then return nil end
  return input.largest > 0 and input.max_error / input.largest or input.max_error
end

-- Over all inputs of a result: elements compared, the largest relative error, and the smallest relative error that
-- every passed element would have revealed (nil: nothing was compared).
function run.measure(result)
  local measured = {elements = 0}
  for _, input in ipairs(result.report and result.report.inputs or {}) do
    if input.checked > 0 then
      local relative = run.relative_error(input)
      local largest = measured.error
      -- A NaN stays.
      if relative and (not largest or largest == largest and not (relative <= largest)) then
        measured.error = relative
      end
      if input.resolution > 0 then measured.reveals = math.max(measured.reveals or 0, input.resolution) end
    end
    measured.elements = measured.elements + input.checked
  end
  return measured
end

return run
