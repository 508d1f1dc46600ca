-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd check: checks the gradients of the cases in a file, or of the registered ops, and reports.
--
--   local check = require "selenograd.check"
--   local exit_code = check(interrupted, "layers.lua", "--order", "2")
-- `interrupted` is a function that says whether the user has pressed Ctrl-C.
--
-- What the writers of reports get, the document: file (nil for ops), version, date, seconds, options (of the
-- command line), results (see run.lua), exit_code.

local sg = require "selenograd"
local cases = require "selenograd.check.cases"
local file = require "selenograd.check.file"
local ops = require "selenograd.check.ops"
local options = require "selenograd.check.options"
local run = require "selenograd.check.run"
local text = require "selenograd.check.text"
local new_table = require "selenograd.check.table".new

local writers = {"json", "junit", "html"}
local error_code = 2

local function complain(message, advice)
  io.stdout:flush()
  io.stderr:write("selenograd check: ", text.clean(message), "\n")
  if advice then io.stderr:write("Try 'selenograd check --help'.\n") end
  return error_code
end

-- ---- Before --------------------------------------------------------------------------------------------------

-- The cases asked for, and the function that makes each ready.
local function find_cases(settings)
  if settings.ops then
    ops.load(settings.load)
    local list = ops.list(settings.names, settings.check)
    if settings.filter then list = cases.select(list, {}, settings.filter) end
    settings.check.order = nil -- it is limited for each op
    return list, ops.maker(settings.check.seed)
  end
  return cases.select(cases.load(settings.file), settings.names, settings.filter), cases.make
end

local function names_of(list)
  local lines = {}
  for i, case in ipairs(list) do
    lines[i] = case.group and (case.name ~= "" and case.group .. ": " .. case.name or case.group) or case.name
  end
  return table.concat(lines, "\n") .. "\n"
end

-- Two names may stand for one file, and one for the file of cases.
local function refuse_same_files(settings)
  local taken = {}
  local cases_target = settings.file and settings.file ~= "-" and sg.file_target(settings.file)
  if cases_target then taken[cases_target] = "the file of cases" end
  for _, kind in ipairs(writers) do
    local path = settings[kind]
    local target = path and sg.file_kind(path) ~= "other" and sg.file_target(path) or path
    if path and taken[target] then
      error(("--%s: '%s' is the same file as %s"):format(kind, path, taken[target]), 0)
    end
    if path and sg.file_kind(path) ~= "other" then taken[target] = "that of --" .. kind end
  end
end

local function open_outputs(settings, outputs)
  refuse_same_files(settings)
  for _, kind in ipairs(writers) do
    if settings[kind] then outputs[kind] = file.open(settings[kind]) end
  end
end

local function abandon(outputs)
  for _, output in pairs(outputs) do output:abandon() end
end

local function colour_wanted(stream)
  local plain = os.getenv("NO_COLOR")
  return sg.is_terminal(stream) and (plain == nil or plain == "") and os.getenv("TERM") ~= "dumb"
end

local function open_table(settings, total)
  local stream = io.stdout
  for _, kind in ipairs(writers) do
    if settings[kind] == "-" then stream = io.stderr end
  end
  local colour = colour_wanted(stream)
  return new_table {
    stream = stream, colour = colour, total = total, verbose = settings.verbose, quiet = settings.quiet,
    terminal = not settings.quiet and sg.is_terminal(stream) and os.getenv("TERM") ~= "dumb",
    group_results = settings.ops,
  }
end

local function title(settings, list)
  local what = settings.ops and text.count(#list, "sample") .. " of ops" or
    ("%s: %s"):format(settings.file, text.count(#list, "case"))
  local how = {}
  for _, name in ipairs { "mode", "order", "seed", "miss", "k" } do
    if settings.given[name] then how[#how + 1] = ("%s %s"):format(name, settings.given[name]) end
  end
  return ("selenograd check %s%s"):format(what, #how > 0 and " (" .. table.concat(how, ", ") .. ")" or "")
end

-- ---- The checks ----------------------------------------------------------------------------------------------

-- Shows each case as it is done; the samples of an op together, when its last one is.
local function follow(shown, list, interrupted, random_state)
  local group = {}
  return {
    random_state = random_state,
    interrupted = interrupted,
    before = function(i, case) shown:before(i, case) end,
    progress = function() shown:progress() end,
    after = function(i, result)
      if not result.group then return shown:after(result) end
      group[#group + 1] = result
      if list[i + 1] and list[i + 1].group == result.group then return end
      shown:group(result.group, group)
      group = {}
    end,
  }
end

local function write_reports(settings, document, outputs, shown)
  for _, kind in ipairs(writers) do
    if outputs[kind] then
      outputs[kind]:finish(require("selenograd.check." .. kind)(document))
      if settings[kind] ~= "-" then shown:wrote(settings[kind]) end
    end
  end
end

local function check_cases(settings, outputs, interrupted)
  if settings.threads then sg.set_threads(settings.threads) end
  if settings.check.seed then sg.manual_seed(settings.check.seed) end
  local random_state = sg.get_rng_state()
  local list, make = find_cases(settings)
  if settings.list then
    io.stdout:write(names_of(list))
    return 0
  end
  open_outputs(settings, outputs)
  local shown = open_table(settings, #list)
  shown:header(title(settings, list))
  local started = sg.time()
  local results = run.all(list, make, settings.check, follow(shown, list, interrupted, random_state))
  local document = {
    file = settings.file, version = sg._VERSION, date = os.date("!%Y-%m-%dT%H:%M:%SZ"), results = results,
    seconds = sg.time() - started, options = settings.given, exit_code = run.exit_code(results),
  }
  shown:summary(results, document.seconds)
  write_reports(settings, document, outputs, shown)
  return document.exit_code
end

return function(interrupted, ...)
  local settings, message = options.parse({...})
  if not settings then return complain(message, true) end
  if settings.help then
    io.stdout:write(options.help)
    return 0
  end
  settings.given = {}
  for name, value in pairs(settings.check) do settings.given[name] = value end
  local outputs = {}
  local good, result = xpcall(check_cases, cases.failure, settings, outputs, interrupted)
  abandon(outputs)
  if good then return result end
  message = result.message
  if settings.verbose then message = result.traceback end
  return complain(message)
end
