// SPDX-License-Identifier: GPL-3.0-or-later
//
// floor(x), a step.
#include "ops/elementwise/unary.h"

const sg_op op_floor = {
    SG_STEP_UNARY(floor),
    SG_WORDS("The largest whole number that is not above x.", "y = floor(x)", "PyTorch, torch.floor"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(2.5, -2.5, 3.5, -0.25)), SG_GIVES(2, -3, 3, -1)},
                          {"large", SG_ON(SG_UNIFORM(-1e6, 1e6, SG_DIMS(5)))}),
};

sg_tensor *sg_floor(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_floor, 1, &x, NULL); }
