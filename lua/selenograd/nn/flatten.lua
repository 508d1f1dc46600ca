-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- nn.Flatten({start_dim = 2, end_dim = -1}): joins the dimensions from start_dim to end_dim; without options, all
-- but that of the batch.

return {Flatten = require("selenograd.nn.of_op").of_op("Flatten", "flatten", {start_dim = 2})}
