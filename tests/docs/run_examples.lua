-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd run_examples.lua PAGE...
-- Runs the Lua blocks of pages in order, those of one page in one environment. What a block prints must be what
-- the block after it says, when that is marked `text`.

local function blocks(path)
  local list, current, number = {}, nil, 0
  for line in io.lines(path) do
    number = number + 1
    local language = line:match("^```(%w*)")
    if not current and language then
      current = {language = language, line = number, text = {}}
    elseif current and language then
      list[#list + 1] = current
      current = nil
    elseif current then
      table.insert(current.text, line)
    end
  end
  assert(not current, path .. ": a code block has no end")
  return list
end

-- A block begins at its own line of the page, so that an error message names that line.
local function run(path, block, environment)
  local printed = {}
  environment.print = function(...)
    local words = table.pack(...)
    for i = 1, words.n do words[i] = tostring(words[i]) end
    printed[#printed + 1] = table.concat(words, "\t")
  end
  local source = ("\n"):rep(block.line) .. table.concat(block.text, "\n")
  assert(load(source, "@" .. path, "t", environment))()
  return table.concat(printed, "\n")
end

local function without_trailing_space(text)
  return (text:gsub("%s+\n", "\n"):gsub("%s+$", ""))
end

local examples = 0
for _, path in ipairs(arg) do
  local environment = setmetatable({}, {__index = _G})
  local list = blocks(path)
  for i, block in ipairs(list) do
    if block.language == "lua" then
      local printed = run(path, block, environment)
      local expected = list[i + 1]
      if expected and expected.language == "text" then
        local text = table.concat(expected.text, "\n")
        if without_trailing_space(printed) ~= without_trailing_space(text) then
          local message = "%s:%d: the example printed\n%s\nbut the page says\n%s"
          error(message:format(path, expected.line, printed, text), 0)
        end
      end
      examples = examples + 1
    end
  end
end
assert(examples > 0, "no example was found")
print(examples .. " examples ran")
