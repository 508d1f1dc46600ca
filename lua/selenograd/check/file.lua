-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Files that are written whole or not at all: into a temporary file beside them, which takes their name at the end.
-- A link stays one, and what it leads to is written.
--
--   local output = file.open(path)      -- raises when it cannot be written; leaves nothing behind
--   output:finish(text)                 -- raises when the disk is full, and removes the temporary file
--   output:abandon()                    -- does nothing after finish
-- "-" is standard output; what is neither a file nor a folder, such as /dev/null, is written to directly.

local sg = require "selenograd"

local Output = {}
Output.__index = Output

local function refuse(path, message)
  error(("%s: cannot be written: %s"):format(path, message or "there is no such folder"), 0)
end

-- A new file beside the target, and its name.
local function open_temporary(self)
  local name = ("%s.%08x.tmp"):format(self.target, math.random(0, 0xFFFFFFFF))
  local stream, message = io.open(name, "wb")
  if not stream then refuse(self.path, message:sub(#name + 3)) end
  return stream, name
end

-- Whether a file can be written shows now; it is made when there is something to write, so that a process that ends
-- before that leaves nothing.
local function open(path)
  local self = setmetatable({path = path}, Output)
  if path == "-" then
    self.stream = io.stdout
    return self
  end
  local kind = sg.file_kind(path)
  if kind == "folder" then error(("%s: is a folder"):format(path), 0) end
  if kind == "other" then
    local stream, message = io.open(path, "wb")
    if not stream then refuse(path, message:sub(#path + 3)) end
    self.stream = stream
    return self
  end
  self.target = sg.file_target(path) or refuse(path)
  local stream, name = open_temporary(self)
  stream:close()
  os.remove(name)
  return self
end

function Output:abandon()
  if self.stream and self.stream ~= io.stdout then self.stream:close() end
  self.stream = nil
  if self.temporary then os.remove(self.temporary) end
  self.temporary = nil
end

function Output:finish(text)
  if self.target then self.stream, self.temporary = open_temporary(self) end
  local stream = self.stream
  local good, message = stream:write(text)
  if good then good, message = stream:flush() end
  if good and stream ~= io.stdout then
    self.stream = nil
    good, message = stream:close()
  end
  if good and self.temporary then
    good, message = os.rename(self.temporary, self.target)
    if good then self.temporary = nil end
  end
  if not good then
    self:abandon()
    refuse(self.path, message)
  end
end

return {open = open}
