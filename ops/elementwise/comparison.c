// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

static void forward(const sg_call *call) { sg_pair_forward(call, ((const sg_comparison *)call->op->member)->row); }

// No two elements are equal, so that a small move changes no result.
const sg_op sg_comparison_family = {
    .inputs = SG_PORTS({"a", SG_STEP | SG_NUMERIC, "tensor of any shape, of integers too"},
                       {"b", SG_STEP | SG_NUMERIC, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", SG_STEP, "ones and zeros, in the broadcast shape"}),
    .plan_bytes = sizeof(sg_rows_layout),
    .prepare = sg_pair_prepare,
    .forward = forward,
    .samples = SG_SAMPLES(
        {"same shape", SG_ON(SG_DISTINCT(-1, 1.2, SG_DIMS(3, 4)), SG_DISTINCT(-0.9, 1.3, SG_DIMS(3, 4)))},
        {"rows", SG_ON(SG_DISTINCT(-1, 0.8, SG_DIMS(2, 5)), SG_DISTINCT(-0.9, -0.1, SG_DIMS(5)))},
        {"channels", SG_ON(SG_DISTINCT(-0.9, -0.5, SG_DIMS(3, 1, 1)), SG_DISTINCT(-1, 1.2, SG_DIMS(2, 3, 2, 1)))},
        {"outer", SG_ON(SG_DISTINCT(-1, -0.6, SG_DIMS(3, 1)), SG_DISTINCT(-0.9, -0.3, SG_DIMS(1, 4)))},
        {"scalars", SG_ON(SG_UNIFORM(1, 2, SG_SCALAR), SG_UNIFORM(3, 4, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(2, 0), SG_RANDN(2, 1))}),
    .bad_samples = sg_pair_bad_samples,
};
