// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/adaptive_cases.h"
#include "ops/ops.h"

const sg_op op_adaptive_avg_pool1d = {
    SG_ADAPTIVE_AVG_POOL(adaptive_avg_pool1d, "a line", 1, SG_LINE),
    SG_ADAPTIVE_LINE_CASES("adaptive_avg_pool1d", SG_RANDN, 2, 5.5),
};
