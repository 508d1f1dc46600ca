// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_lp_pool1d = {
    SG_LP_POOL(lp_pool1d, "a line", 1, SG_LINE),
    .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(3, 4, 6, 8), SG_DIMS(1, 1, 4))),
                           SG_LP_NORM(2, 2, 2, false), SG_GIVES(5, 10)},
                          {"overlapping", SG_ON(SG_RANDN(2, 7)), SG_LP_NORM(2, 3, 2, false)},
                          {"a fraction", SG_ON(SG_UNIFORM(0.5, 2, SG_DIMS(1, 2, 8))), SG_LP_NORM(2.5, 3, 2, true)},
                          {"sums", SG_ON(SG_RANDN(2, 2, 6)), SG_LP_NORM(1, 2, 1, false)},
                          {"no images", SG_ON(SG_RANDN(0, 2, 4)), SG_LP_NORM(2, 2, 2, false)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4)), SG_LP_NORM(2, 2, 2, false),
         .error = "lp_pool1d: x has shape [4], expected (N, C, L) or (C, L)"},
        {"kernel too large", SG_ON(SG_RANDN(2, 7)), SG_LP_NORM(2, 9, 9, false), .error = "does not fit into x"}),
};
