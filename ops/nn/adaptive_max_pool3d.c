// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/adaptive_cases.h"
#include "ops/ops.h"

const sg_op op_adaptive_max_pool3d = {
    SG_ADAPTIVE_MAX_POOL(adaptive_max_pool3d, "a volume", 3, SG_VOLUME),
    SG_ADAPTIVE_VOLUME_CASES("adaptive_max_pool3d", SG_POOL_INPUT, 3, 6),
};
