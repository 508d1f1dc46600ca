-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- selenograd docs/stubs.lua FILE
-- Writes the definition file for editors; the build calls it.
local file = assert(io.open(assert(arg[1], "usage: selenograd docs/stubs.lua FILE"), "w"))
file:write(require "selenograd.stubs"())
assert(file:close())
