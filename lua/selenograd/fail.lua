-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- fail(format, ...): raises error(string.format(format, ...)) at the line of the user's script, however deep in
-- these modules the mistake was noticed.

local core = require "selenograd.core"

local function fail(format, ...)
  core.fail(string.format(format, ...))
end

return fail
