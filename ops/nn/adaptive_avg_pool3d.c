// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/adaptive_cases.h"
#include "ops/ops.h"

const sg_op op_adaptive_avg_pool3d = {
    SG_ADAPTIVE_AVG_POOL(adaptive_avg_pool3d, "a volume", 3, SG_VOLUME),
    SG_ADAPTIVE_VOLUME_CASES("adaptive_avg_pool3d", SG_RANDN, 2, 5.5),
};
