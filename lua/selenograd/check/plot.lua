-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The plots of the HTML report as inline SVG, of one input of a report:
--   compare   analytic against numeric derivative, with error bars; the diagonal is where they agree
--   residual  |analytic - numeric| in units of the error bar, by element, on a logarithmic scale; above 1 fails
--   heat      the same over the tensor: the dimensions folded into rows and columns, large tensors binned by the
--             worst element
-- Colours are those of the page's style (style.lua).

local text = require "selenograd.check.text"

local plot = {}

local width, height = 340, 250
local left, right, top, bottom = 58, 12, 12, 38

local severity = {pass = 1, nondifferentiable = 2, inconclusive = 3, fail = 4}
local drawing_order = {"pass", "nondifferentiable", "inconclusive", "fail"}

-- ---- Data ---------------------------------------------------------------------------------------------------

local function is_finite(value)
  return value == value and math.abs(value) ~= math.huge
end

-- In units of the error bar; infinite for what is not finite, and for a difference beside a bar of zero.
local function ratio_of(analytic, numeric, bar)
  local difference = math.abs(analytic - numeric)
  if difference == 0 then return 0 end
  local ratio = difference / bar
  return ratio == ratio and ratio or math.huge
end

-- The compared elements: {position, analytic, numeric, bar, verdict, ratio}, positions from 1.
function plot.elements(input)
  local values, elements = input:values(), {}
  local position, verdicts = values.positions:totable(), values.verdicts:totable()
  local analytic, numeric, bar = values.analytic:totable(), values.numeric:totable(), values.error_bar:totable()
  for i = 1, values.count do
    elements[i] = {position = position[i], analytic = analytic[i], numeric = numeric[i], bar = bar[i],
      verdict = values.verdict_names[verdicts[i]], ratio = ratio_of(analytic[i], numeric[i], bar[i])}
  end
  return elements
end

local function every(list, limit)
  if #list <= limit then return list end
  local kept = {}
  for i = 1, limit do kept[i] = list[(i - 1) * #list // limit + 1] end
  return kept
end

-- At most about `limit` of them; those that did not pass go first.
function plot.sample(elements, limit)
  if #elements <= limit then return elements end
  local passed, others = {}, {}
  for _, element in ipairs(elements) do
    local list = element.verdict == "pass" and passed or others
    list[#list + 1] = element
  end
  local kept = table.move(every(others, limit), 1, math.min(#others, limit), 1, {})
  local room = math.max(limit - #kept, 0)
  return table.move(every(passed, room), 1, math.min(#passed, room), #kept + 1, kept)
end

-- ---- Axes ---------------------------------------------------------------------------------------------------

local function nice_step(span)
  local rough = span / 4
  local power = 10 ^ math.floor(math.log(rough, 10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if rough <= factor * power then return factor * power end
  end
  return 10 * power
end

local function axis(low, high)
  if not (high > low) then
    local half = low ~= 0 and math.abs(low) / 2 or 1
    low, high = low - half, high + half
  end
  local margin = (high - low) * 0.06
  return {low = low - margin, high = high + margin, step = nice_step(high - low)}
end

local function x_of(a, value)
  return left + (width - left - right) * (value - a.low) / (a.high - a.low)
end

local function y_of(a, value)
  return height - bottom - (height - top - bottom) * (value - a.low) / (a.high - a.low)
end

local function ticks(a)
  local list, first = {}, math.ceil(a.low / a.step)
  for i = first, math.min(math.floor(a.high / a.step), first + 12) do list[#list + 1] = i * a.step end
  return list
end

local function tick_text(value)
  if math.abs(value) < 1e6 and value % 1 == 0 then return ("%d"):format(value) end
  return (("%.4g"):format(value):gsub("e([+-])0*(%d)", "e%1%2"):gsub("e%+", "e"))
end

local function power_text(value)
  if value == 0 then return "1" end
  return ('10<tspan dy="-4" font-size="8">%d</tspan>'):format(value)
end

local function frame(parts, x, y, x_title, y_title, y_text)
  local function add(format, ...) parts[#parts + 1] = format:format(...) end
  for _, value in ipairs(ticks(x)) do
    add('<path class="grid" d="M%.1f %d V%d"/>', x_of(x, value), top, height - bottom)
    add('<text x="%.1f" y="%d" text-anchor="middle">%s</text>', x_of(x, value), height - bottom + 14,
      tick_text(value))
  end
  for _, value in ipairs(ticks(y)) do
    add('<path class="grid" d="M%d %.1f H%d"/>', left, y_of(y, value), width - right)
    add('<text x="%d" y="%.1f" text-anchor="end">%s</text>', left - 5, y_of(y, value) + 3,
      (y_text or tick_text)(value))
  end
  add('<text class="title" x="%.1f" y="%d" text-anchor="middle">%s</text>', (left + width - right) / 2, height - 5,
    x_title)
  add('<text class="title" transform="translate(11 %.1f) rotate(-90)" text-anchor="middle">%s</text>',
    (top + height - bottom) / 2, y_title)
end

local function svg(parts, label, w, h)
  return ('<svg viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">%s</svg>'):format(w, h, w, h,
    text.escape(label), table.concat(parts))
end

local few = 60 -- so many have larger dots

-- Dots as one path for each verdict: a path is a tenth of the size of circles.
local function dots(parts, elements, place)
  local paths = {}
  for _, element in ipairs(elements) do
    local x, y = place(element)
    if x then
      local path = paths[element.verdict] or {}
      paths[element.verdict] = path
      path[#path + 1] = ("M%.1f %.1fh0"):format(x, y)
    end
  end
  local size = #elements <= few and " few" or ""
  for _, verdict in ipairs(drawing_order) do
    if paths[verdict] then
      parts[#parts + 1] = ('<path class="dot %s%s" d="%s"/>'):format(verdict, size, table.concat(paths[verdict]))
    end
  end
end

-- ---- Analytic against numeric -------------------------------------------------------------------------------

local function range(elements)
  local low, high = math.huge, -math.huge
  for _, e in ipairs(elements) do
    for _, value in ipairs { e.analytic, e.numeric } do
      if is_finite(value) then low, high = math.min(low, value), math.max(high, value) end
    end
  end
  if low > high then return -1, 1 end
  return low, high
end

function plot.compare(elements)
  local a = axis(range(elements))
  local parts, bars = {}, {}
  frame(parts, a, a, "numeric", "analytic")
  parts[#parts + 1] = ('<path class="agree" d="M%.1f %.1fL%.1f %.1f"/>'):format(x_of(a, a.low), y_of(a, a.low),
    x_of(a, a.high), y_of(a, a.high))
  for _, e in ipairs(elements) do
    if is_finite(e.numeric) and is_finite(e.analytic) and is_finite(e.bar) then
      local from, to = x_of(a, math.max(e.numeric - e.bar, a.low)), x_of(a, math.min(e.numeric + e.bar, a.high))
      if to - from > 3 then bars[#bars + 1] = ("M%.1f %.1fH%.1f"):format(from, y_of(a, e.analytic), to) end
    end
  end
  if #bars > 0 then parts[#parts + 1] = ('<path class="bar" d="%s"/>'):format(table.concat(bars)) end
  dots(parts, elements, function(e)
    if is_finite(e.numeric) and is_finite(e.analytic) then return x_of(a, e.numeric), y_of(a, e.analytic) end
  end)
  return svg(parts, "analytic against numeric derivative", width, height)
end

-- ---- Residual -----------------------------------------------------------------------------------------------

local lowest, highest = -6, 12 -- powers of ten that are told apart

local function power(ratio)
  if ratio == 0 then return lowest end
  return math.max(lowest, math.min(highest, math.log(ratio, 10)))
end

function plot.residual(elements)
  local low, high, first, last = -3, 1, math.huge, 1
  for _, e in ipairs(elements) do
    low, high = math.min(low, power(e.ratio)), math.max(high, power(e.ratio))
    first, last = math.min(first, e.position), math.max(last, e.position)
  end
  local y = axis(math.floor(low), math.ceil(high))
  y.step = math.max(1, math.ceil((y.high - y.low) / 6))
  local x, parts = axis(math.min(first, last), last), {}
  x.step = math.max(1, x.step)
  parts[1] = ('<rect class="within" x="%d" y="%.1f" width="%d" height="%.1f"/>'):format(left, y_of(y, 0),
    width - left - right, height - bottom - y_of(y, 0))
  frame(parts, x, y, "element", "|analytic - numeric| / error bar", power_text)
  parts[#parts + 1] = ('<path class="limit" d="M%d %.1fH%d"/>'):format(left, y_of(y, 0), width - right)
  dots(parts, elements, function(e) return x_of(x, e.position), y_of(y, power(e.ratio)) end)
  return svg(parts, "difference in units of the error bar, by element; above 1 is a failure", width, height)
end

-- ---- Heat map -----------------------------------------------------------------------------------------------

local most_rows, most_columns = 40, 64

-- The split of the shape into rows and columns that comes nearest to the proportions of the plot.
local function fold(shape)
  local best, rows = nil, 1
  local count = 1
  for _, size in ipairs(shape) do count = count * size end
  for split = 0, #shape do
    if split > 0 then rows = rows * shape[split] end
    local columns = count // math.max(rows, 1)
    local distance = math.abs(math.log(columns / rows / 1.4))
    if not best or distance < best.distance - 1e-9 then
      best = {rows = rows, columns = columns, split = split, distance = distance}
    end
  end
  return best
end
plot.fold = fold

local shades = {"h1", "h2", "h3", "h4"} -- of the error bar: to 1e-3, 1e-2, 0.1, 1
local function shade(e)
  if e.verdict == "nondifferentiable" then return "hk" end
  if e.verdict == "inconclusive" then return "hu" end
  if e.verdict == "fail" then return e.ratio <= 10 and "f1" or e.ratio <= 1e4 and "f2" or "f3" end
  return shades[math.max(1, math.min(4, math.ceil(power(e.ratio)) + 4))]
end

local function worse(a, b)
  if severity[a.verdict] ~= severity[b.verdict] then return severity[a.verdict] > severity[b.verdict] end
  return a.ratio > b.ratio
end

-- The worst element of each cell, by row and column from 0.
local function bin(elements, columns, rows_each, columns_each)
  local cells = {}
  for _, e in ipairs(elements) do
    local row = (e.position - 1) // columns // rows_each
    local column = (e.position - 1) % columns // columns_each
    local key = row * most_columns + column
    if not cells[key] or worse(e, cells[key]) then cells[key] = e end
  end
  return cells
end

local function words_for(dimensions, from, to)
  if to < from then return "one" end
  return from == to and ("dimension %d"):format(from) or ("dimensions %d to %d"):format(from, to)
end

-- The SVG and a caption.
function plot.heat(elements, shape)
  local folded = fold(shape)
  local rows_each = math.ceil(folded.rows / most_rows)
  local columns_each = math.ceil(folded.columns / most_columns)
  local rows, columns = math.ceil(folded.rows / rows_each), math.ceil(folded.columns / columns_each)
  local size = math.max(3, math.min(28, (width - 4) // columns, (height - 4) // rows))
  local paths, parts = {}, {}
  for key, e in pairs(bin(elements, folded.columns, rows_each, columns_each)) do
    local name = shade(e)
    paths[name] = paths[name] or {}
    table.insert(paths[name], ("M%d %dh%dv%dh-%dz"):format(2 + key % most_columns * size,
      2 + key // most_columns * size, size, size, size))
  end
  parts[1] = ('<rect class="none" x="2" y="2" width="%d" height="%d"/>'):format(columns * size, rows * size)
  for _, name in ipairs { "h1", "h2", "h3", "h4", "hk", "hu", "f1", "f2", "f3" } do
    if paths[name] then
      table.sort(paths[name])
      parts[#parts + 1] = ('<path class="cell %s" d="%s"/>'):format(name, table.concat(paths[name]))
    end
  end
  local caption = ("rows: %s, columns: %s"):format(words_for(shape, 1, folded.split),
    words_for(shape, folded.split + 1, #shape))
  if rows_each * columns_each > 1 then
    caption = caption .. ("; a cell is the worst of %d x %d elements"):format(rows_each, columns_each)
  end
  return svg(parts, "difference over the tensor", columns * size + 4, rows * size + 4), caption
end

return plot
