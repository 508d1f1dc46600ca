// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/adaptive_cases.h"
#include "ops/ops.h"

const sg_op op_adaptive_max_pool2d = {
    SG_ADAPTIVE_MAX_POOL(adaptive_max_pool2d, "an image", 2, SG_IMAGE),
    SG_ADAPTIVE_IMAGE_CASES("adaptive_max_pool2d", SG_POOL_INPUT, 6),
};
