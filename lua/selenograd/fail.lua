-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Raises an error that points at the line of the user's script, however deep in these modules it was noticed.

local directory = debug.getinfo(1, "S").source:match("^(.*[/\\])") or "@"

local function is_ours(info)
  return info.what == "C" or info.source:sub(1, #directory) == directory
end

-- fail(format, ...): like error(string.format(format, ...)).
local function fail(format, ...)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and is_ours(info) do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(string.format(format, ...), info and level or 0)
end

return fail
