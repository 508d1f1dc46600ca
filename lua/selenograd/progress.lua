-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- progress(label, total, {terminal = ..., every = 100}): shows how far a loop is.
--   local bar = progress("epoch 1/4", 468, {terminal = true})
--   bar:show(done, "loss 0.41")     -- a bar redrawn in place on a terminal, else a line every `every` steps
--   bar:clear()                     -- removes the bar, so that a line of results can take its place

local sg = require "selenograd"
local arguments = require "selenograd.arguments"

local width = 24
local interval = 0.1 -- seconds between two drawings

local Progress = {}
Progress.__index = Progress

local function progress(label, total, options)
  options = arguments.options("progress", options, {terminal = false, every = 100})
  return setmetatable({
    label = arguments.text("progress", "label", label),
    total = arguments.whole("progress", "total", total, 0),
    terminal = arguments.boolean("progress", "terminal", options.terminal),
    every = arguments.whole("progress", "every", options.every, 1),
    drawn = -math.huge,
    length = 0,
  }, Progress)
end

function Progress:draw(done, text)
  local filled = math.floor(width * done / self.total)
  local line = string.format("%s [%s%s] %3d %%  %s", self.label, ("#"):rep(filled), ("."):rep(width - filled),
    100 * done // self.total, text)
  io.stdout:write("\r", line, (" "):rep(self.length - #line))
  io.stdout:flush()
  self.length = #line
end

function Progress:show(done, text)
  if not self.terminal then
    if done % self.every == 0 then
      io.stdout:write(string.format("%s  %d of %d  %s\n", self.label, done, self.total, text))
      io.stdout:flush()
    end
    return
  end
  local now = sg.time()
  if now - self.drawn < interval and done < self.total then return end
  self.drawn = now
  self:draw(done, text)
end

function Progress:clear()
  if not self.terminal then return end
  io.stdout:write("\r", (" "):rep(self.length), "\r")
  self.length = 0
end

return arguments.strict("progress", progress)
