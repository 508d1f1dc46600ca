-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Of the vectors in x1 and x2, one by one:
--   nn.CosineSimilarity({dim = 2, eps = 1e-8})(x1, x2)
--   nn.PairwiseDistance({p = 2, eps = 1e-6, keepdim = false})(x1, x2)

local of_op = require("selenograd.nn.of_op").of_op

return {
  CosineSimilarity = of_op("CosineSimilarity", "cosine_similarity"),
  PairwiseDistance = of_op("PairwiseDistance", "pairwise_distance"),
}
