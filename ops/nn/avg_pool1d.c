// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_avg_pool1d = {
    SG_AVG_POOL(avg_pool1d, "a line", 1, SG_LINE),
    .formula = "y[n,c,p] = mean over i of x[n, c, p*stride - padding + i]",
    SG_AVG_POOL_OPTIONS(SG_AVG_POOL_LISTS),
    .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 6, 5), SG_DIMS(1, 1, 4))),
                           SG_AVERAGE(2, 2, 0, false, true), SG_GIVES(1.5, 5.5)},
                          {"pairs and a rest", SG_ON(SG_RANDN(1, 2, 5)), SG_AVERAGE(2, 2, 0, false, true)},
                          {"overlapping, padded", SG_ON(SG_RANDN(1, 2, 7)), SG_AVERAGE(3, 2, 1, false, true)},
                          {"what exists", SG_ON(SG_RANDN(2, 7)), SG_AVERAGE(3, 2, 1, false, false)},
                          {"rounded up", SG_ON(SG_RANDN(1, 2, 8)), SG_AVERAGE(3, 2, 1, true, true)},
                          {"every third", SG_ON(SG_RANDN(1, 2, 29)), SG_AVERAGE(2, 3, 0, false, true)},
                          {"side by side", SG_ON(SG_RANDN(1, 1, 23)), SG_AVERAGE(7, 1, 3, false, true)},
                          {"long windows", SG_ON(SG_RANDN(2, 60)), SG_AVERAGE(21, 2, 5, false, false)},
                          {"no images", SG_ON(SG_RANDN(0, 2, 4)), SG_AVERAGE(2, 2, 0, false, true)}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(4)), SG_AVERAGE(2, 2, 0, false, true),
                               .error = "avg_pool1d: x has shape [4], expected (N, C, L) or (C, L)"},
                              {"kernel too large", SG_ON(SG_RANDN(1, 1, 4)), SG_AVERAGE(5, 5, 0, false, true),
                               .error = "does not fit into x [1, 1, 4]"},
                              {"padding", SG_ON(SG_RANDN(1, 1, 4)), SG_AVERAGE(2, 2, 2, false, true),
                               .error = "padding (2) is more than half of kernel_size (2)"}),
};
