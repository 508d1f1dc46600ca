// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/adaptive_cases.h"
#include "ops/ops.h"

const sg_op op_adaptive_avg_pool2d = {
    SG_ADAPTIVE_AVG_POOL(adaptive_avg_pool2d, "an image", 2, SG_IMAGE),
    SG_ADAPTIVE_IMAGE_CASES("adaptive_avg_pool2d", SG_RANDN, 3.75),
};
