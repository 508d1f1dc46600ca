// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_adaptive_max_pool2d = {
    SG_ADAPTIVE_MAX_POOL(adaptive_max_pool2d, "an image", 2, SG_IMAGE),
    .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 3, 6, 5), SG_DIMS(1, 1, 2, 2))),
                           SG_ADAPTED(1), SG_GIVES(6)},
                          {"overlapping parts", SG_ON(SG_POOL_INPUT(1, 2, 5, 7)), SG_ADAPTED(3, 2)},
                          {"equal parts", SG_ON(SG_POOL_INPUT(2, 4, 6)), SG_ADAPTED(2)},
                          {"more than there is", SG_ON(SG_POOL_INPUT(2, 3, 4)), SG_ADAPTED(5, 6)},
                          {"all of it", SG_ON(SG_POOL_INPUT(1, 2, 5, 7)), SG_ADAPTED(1)},
                          {"as it is", SG_ON(SG_POOL_INPUT(2, 4, 6)), SG_ADAPTED(-1)},
                          {"no images", SG_ON(SG_POOL_INPUT(0, 2, 4, 4)), SG_ADAPTED(2)}),
    .bad_samples = SG_SAMPLES(
        {"rank", SG_ON(SG_RANDN(4, 4)), SG_ADAPTED(1),
         .error = "adaptive_max_pool2d: x has shape [4, 4], expected (N, C, H, W) or (C, H, W)"},
        {"no parts", SG_ON(SG_RANDN(2, 4, 6)), SG_ADAPTED(0), .error = "expected extents of at least 1, or -1"},
        {"no pixels", SG_ON(SG_RANDN(2, 0, 3)), SG_ADAPTED(1), .error = "expected 1 to"},
        {"too many", SG_ON(SG_RANDN(2, 4, 6)), SG_ADAPTED(1, 1, 1, 1),
         .error = "output_size has 4 values, expected one"}),
};
