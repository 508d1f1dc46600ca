-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- idx(path, {dtype = nil, scale = 1, offset = 0}): the tensor in an IDX file, plain or gzip-compressed, of the
-- shape the file says. Every value is multiplied by `scale`, then `offset` is added.
--
-- Without dtype, whole numbers become i64, float f32, double f64. Images as numbers from 0 to 1:
-- {dtype = "f32", scale = 1 / 255}; as they are, in a quarter of the memory: {dtype = "u8"}; labels counted from 1:
-- {offset = 1}.
-- Errors: the file is missing, a directory, not IDX, shorter or longer than its header says, damaged, or named .gz
-- without being gzip data.

local core = require "selenograd.core"
local arguments = require "selenograd.arguments"

local function idx(path, options)
  arguments.text("idx", "path", path)
  options = arguments.options("idx", options, {dtype = false, scale = 1, offset = 0})
  if options.dtype then arguments.choice("idx", "dtype", options.dtype, {"f32", "f64", "i64", "u8"}) end
  return core.read_idx(path, options.dtype or nil, options.scale, options.offset)
end

return idx
