// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_avg_pool3d = {
    SG_AVG_POOL(avg_pool3d, "a volume", 3, SG_VOLUME),
    .formula = "y[n,c,r,p,q] = mean over h,i,j of x[n, c, r*stride - padding + h, p*stride - padding + i, "
               "q*stride - padding + j]",
    SG_AVG_POOL_OPTIONS(SG_AVG_POOL_LISTS, SG_AVG_POOL_DIVISOR),
    .samples =
        SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 8, 6, 7, 5), SG_DIMS(1, 1, 2, 2, 2))),
                    SG_AVERAGE(2, 2, 0, false, true), SG_GIVES(4.5)},
                   {"pairs and a rest", SG_ON(SG_RANDN(1, 2, 3, 3, 2)), SG_AVERAGE(2, 2, 0, false, true)},
                   {"overlapping, padded", SG_ON(SG_RANDN(1, 2, 3, 4, 3)), SG_AVERAGE(3, 2, 1, false, true)},
                   {"what exists", SG_ON(SG_RANDN(2, 3, 4, 3)), SG_AVERAGE(3, 1, 1, false, false)},
                   {"another number for each direction", SG_ON(SG_RANDN(1, 2, 3, 4, 5)),
                    SG_WITH(sg_avg_pool_options, .kernel_size = {3, {2, 1, 2}}, .stride = {3, {1, 2, 3}},
                            .padding = {3, {1, 0, 0}}, .ceil_mode = true, .divisor_override = 3)},
                   {"no images", SG_ON(SG_RANDN(0, 2, 4, 4, 4)), SG_AVERAGE(2, 2, 0, false, true)}),
    .bad_samples =
        SG_SAMPLES({"rank", SG_ON(SG_RANDN(4, 4, 4)), SG_AVERAGE(2, 2, 0, false, true),
                    .error = "avg_pool3d: x has shape [4, 4, 4], expected (N, C, D, H, W) or (C, D, H, W)"}),
};
