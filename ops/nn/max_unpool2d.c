// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_max_unpool2d = {
    SG_MAX_UNPOOL(max_unpool2d, "an image", 2, SG_IMAGE),
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(5, 7), SG_DIMS(1, 1, 1, 2)),
               SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 6), SG_DIMS(1, 1, 1, 2))),
         SG_UNPOOL(2, 2, 0), SG_GIVES(0, 5, 0, 0, 0, 0, 7, 0)},
        {"pairs", SG_ON(SG_RANDN(2, 2, 2), SG_INDICES(16, SG_DIMS(2, 2, 2))), SG_UNPOOL(2, 2, 0)},
        {"of a size", SG_ON(SG_RANDN(1, 2, 2, 3), SG_INDICES(4, SG_DIMS(1, 2, 2, 3))), SG_UNPOOL_TO(2, 4, 5)},
        {"overlapping, padded", SG_ON(SG_RANDN(1, 2, 2, 3), SG_INDICES(3, SG_DIMS(1, 2, 2, 3))),
         SG_UNPOOL(3, 2, 1)},
        {"no images", SG_ON(SG_RANDN(0, 2, 2, 2), SG_INDICES(4, SG_DIMS(0, 2, 2, 2))), SG_UNPOOL(2, 2, 0)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4, 4), SG_INDICES(2, SG_DIMS(4, 4))), SG_UNPOOL(2, 2, 0),
         .error = "max_unpool2d: x has shape [4, 4], expected (N, C, H, W) or (C, H, W)"},
        {"other indices", SG_ON(SG_RANDN(2, 2, 2), SG_INDICES(2, SG_DIMS(2))), SG_UNPOOL(2, 2, 0),
         .error = "indices have shape [2], expected that of x"},
        {"far away", SG_ON(SG_RANDN(1, 1, 1, 2), SG_INDICES(2, SG_DIMS(1, 1, 1, 2))), SG_UNPOOL_TO(2, 8),
         .error = "less than stride"},
        {"all padding", SG_ON(SG_RANDN(1, 1, 1, 2), SG_INDICES(2, SG_DIMS(1, 1, 1, 2))), SG_UNPOOL(2, 2, 9),
         .error = "would become images of the extents"},
        {"outside", SG_ON(SG_RANDN(1, 1, 1, 2), SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 64), SG_DIMS(1, 1, 1, 2))),
         SG_UNPOOL(2, 2, 0), .error = "index holds"}),
};
