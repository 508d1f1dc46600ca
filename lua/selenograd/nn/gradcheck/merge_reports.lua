-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Several reports of the gradient checker as one: of the parts of a large module, and of its two modes.

local severity = {pass = 0, nondifferentiable = 1, inconclusive = 2, fail = 3}

local function worst(reports)
  local verdict = "pass"
  for _, report in ipairs(reports) do
    if severity[report.verdict] > severity[verdict] then verdict = report.verdict end
  end
  return verdict
end

-- Every different line of a text field, once.
local function lines(reports, field)
  local seen, found = {}, {}
  for _, report in ipairs(reports) do
    for line in report[field]:gmatch("[^\n]+") do
      if not seen[line] then found[#found + 1] = line end
      seen[line] = true
    end
  end
  return table.concat(found, "\n")
end

local function append(into, list, convert)
  for _, value in ipairs(list) do into[#into + 1] = convert(value) end
end

-- A copy under another name; what is made on demand stays so.
local function labelled(label, training)
  return function(entry)
    local copy = {}
    for key, value in pairs(entry) do copy[key] = value end
    copy.name = entry.name .. label
    copy.training = training
    return setmetatable(copy, getmetatable(entry))
  end
end

local function as_it_is(entry) return entry end

local function find_input(inputs, name)
  for _, input in ipairs(inputs) do
    if input.name == name then return input end
  end
end

-- In a report of both modes a plain name finds the entry of training.
local function find_either(inputs, name)
  if type(name) ~= "string" then return nil end
  return find_input(inputs, name) or find_input(inputs, name .. " (train)")
end

local function whole(reports)
  local first = reports[1]
  local report = {
    ok = true, verdict = worst(reports), mode = first.mode, order = first.order, miss = first.miss, evaluations = 0,
    reason = lines(reports, "reason"), notes = lines(reports, "notes"), text = "",
    structures = {}, inputs = setmetatable({}, {__index = find_either}),
  }
  for _, part in ipairs(reports) do
    report.ok = report.ok and part.ok
    report.evaluations = report.evaluations + part.evaluations
  end
  return setmetatable(report, {__tostring = function(self) return self.text end})
end

local merge = {}

-- parts(reports): one report with the inputs of all.
function merge.parts(reports)
  if #reports == 1 then return reports[1] end
  local report = whole(reports)
  for _, part in ipairs(reports) do
    append(report.inputs, part.inputs, as_it_is)
    append(report.structures, part.structures, as_it_is)
    report.text = report.text .. part.text
  end
  return report
end

-- modes(train, eval): both, with the entries of both.
function merge.modes(train, eval)
  local report = whole({train, eval})
  for _, mode in ipairs({{train, " (train)", true}, {eval, " (eval)", false}}) do
    local label = labelled(mode[2], mode[3])
    append(report.inputs, mode[1].inputs, label)
    append(report.structures, mode[1].structures, label)
  end
  report.train, report.eval = train, eval
  report.text = "training mode\n" .. train.text .. "evaluation mode\n" .. eval.text
  return report
end

return merge
