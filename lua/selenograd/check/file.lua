-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Files that are written whole or not at all: into a temporary file beside them, which takes their name at the end.
--
--   local output = file.open(path)      -- raises when it cannot be written
--   output:finish(text)                 -- raises when the disk is full, and removes the temporary file
--   output:abandon()                    -- removes it; does nothing after finish
-- "-" is standard output; what is neither a file nor a folder, such as /dev/null, is written to directly.

local sg = require "selenograd"

local Output = {}
Output.__index = Output

local function open(path)
  local self = setmetatable({path = path}, Output)
  if path == "-" then
    self.stream = io.stdout
    return self
  end
  local kind = sg.file_kind(path)
  if kind == "folder" then error(("%s: is a folder"):format(path), 0) end
  if kind ~= "other" then self.temporary = ("%s.%08x.tmp"):format(path, math.random(0, 0xFFFFFFFF)) end
  local stream, message = io.open(self.temporary or path, "wb")
  if not stream then
    local reason = self.temporary and message:sub(#self.temporary + 3) or message:sub(#path + 3)
    error(("%s: cannot be written: %s"):format(path, reason), 0)
  end
  self.stream = stream
  return self
end

function Output:abandon()
  if self.stream and self.stream ~= io.stdout then self.stream:close() end
  self.stream = nil
  if self.temporary then os.remove(self.temporary) end
  self.temporary = nil
end

function Output:finish(text)
  local stream = self.stream
  local good, message = stream:write(text)
  if good then good, message = stream:flush() end
  if good and stream ~= io.stdout then
    self.stream = nil
    good, message = stream:close()
  end
  if good and self.temporary then
    good, message = os.rename(self.temporary, self.path)
    if good then self.temporary = nil end
  end
  if not good then
    self:abandon()
    error(("%s: cannot be written: %s"):format(self.path, message), 0)
  end
end

return {open = open}
