-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Words and numbers as the reports show them.

local text = {}

-- The text as UTF-8 without control characters other than tabs and line ends; what is not becomes U+FFFD, which
-- JSON, XML and terminals can all show.
function text.clean(given)
  local parts, at = {}, 1
  while at <= #given do
    local good, bad = utf8.len(given, at)
    local stop = good and #given or bad - 1
    parts[#parts + 1] = given:sub(at, stop)
    if not good then parts[#parts + 1] = "\u{FFFD}" end
    at = stop + (good and 1 or 2)
  end
  local clean = table.concat(parts):gsub("\r\n", "\n"):gsub("[%z\1-\8\11\12\14-\31\127]", "\u{FFFD}")
  return (clean:gsub("\u{FFFE}", "\u{FFFD}"):gsub("\u{FFFF}", "\u{FFFD}"))
end

-- For XML and HTML, in text and in attributes.
local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}
function text.escape(given)
  return (text.clean(given):gsub("[&<>\"']", entities))
end

-- On one line.
function text.line(given)
  return (text.clean(given):gsub("%s*\n%s*", " "):gsub("\t", " "))
end

-- The number of characters, which is that of columns for Latin, Greek and Cyrillic.
function text.width(given)
  return utf8.len(given) or #given
end

-- Filled with blanks on the right (left when `width` is negative).
function text.pad(given, width)
  local blanks = (" "):rep(math.abs(width) - text.width(given))
  return width < 0 and blanks .. given or given .. blanks
end

function text.cut(given, width)
  if text.width(given) <= width then return given end
  return given:sub(1, utf8.offset(given, width) - 1) .. "\u{2026}"
end

-- A paragraph as lines of at most `width` columns, broken at blanks, each with `indent` in front.
function text.wrap(given, width, indent)
  local lines = {}
  for paragraph in (text.clean(given):gsub("\t", "  ") .. "\n"):gmatch("(.-)\n") do
    local line = ""
    for word in paragraph:gmatch("%S+") do
      local longer = line == "" and word or line .. " " .. word
      local room = width - text.width(indent)
      -- A word that fits on no line is cut, for a terminal would cut it anyway.
      while text.width(word) > room do
        if line ~= "" then lines[#lines + 1] = indent .. line end
        local stop = utf8.offset(word, room + 1)
        lines[#lines + 1] = indent .. word:sub(1, stop - 1)
        line, word = "", word:sub(stop)
        longer = word
      end
      if text.width(indent .. longer) > width and line ~= "" then
        lines[#lines + 1] = indent .. line
        longer = word
      end
      line = longer
    end
    if line ~= "" then lines[#lines + 1] = indent .. line end
  end
  return lines
end

-- ---- Numbers ----------------------------------------------------------------------------------------------

-- Two digits, for errors and the like.
function text.short(value)
  if value == nil or value ~= value then return value and "nan" or "-" end
  if value == 0 then return "0" end
  return ("%.1e"):format(value)
end

function text.long(value)
  return value == value and ("%.10g"):format(value) or "nan"
end

function text.seconds(value)
  if value < 0.0995 then return ("%.0f ms"):format(1000 * value) end
  if value < 99.95 then return ("%.1f s"):format(value) end
  return ("%.0f s"):format(value)
end

function text.count(number, singular, plural)
  return ("%d %s"):format(number, number == 1 and singular or plural or singular .. "s")
end

-- [3, 2]
function text.list(numbers)
  return "[" .. table.concat(numbers, ", ") .. "]"
end

return text
