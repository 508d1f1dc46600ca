// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_adaptive_avg_pool1d = {
    SG_ADAPTIVE_AVG_POOL(adaptive_avg_pool1d, "a line", 1, SG_LINE),
    .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 6, 5), SG_DIMS(1, 1, 4))),
                           SG_ADAPTED(2), SG_GIVES(2, 5.5)},
                          {"overlapping parts", SG_ON(SG_RANDN(1, 2, 7)), SG_ADAPTED(3)},
                          {"equal parts", SG_ON(SG_RANDN(2, 6)), SG_ADAPTED(3)},
                          {"more than there is", SG_ON(SG_RANDN(1, 2, 3)), SG_ADAPTED(5)},
                          {"all of it", SG_ON(SG_RANDN(1, 2, 7)), SG_ADAPTED(1)},
                          {"as it is", SG_ON(SG_RANDN(2, 6)), SG_ADAPTED(-1)},
                          {"no images", SG_ON(SG_RANDN(0, 2, 4)), SG_ADAPTED(2)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4)), SG_ADAPTED(1),
         .error = "adaptive_avg_pool1d: x has shape [4], expected (N, C, L) or (C, L)"},
        {"no parts", SG_ON(SG_RANDN(2, 6)), SG_ADAPTED(0), .error = "expected extents of at least 1, or -1"},
        {"no pixels", SG_ON(SG_RANDN(2, 0)), SG_ADAPTED(1), .error = "expected 1 to"},
        {"too many", SG_ON(SG_RANDN(2, 6)), SG_ADAPTED(1, 1, 1, 1),
         .error = "output_size has 4 values, expected one"}),
};
