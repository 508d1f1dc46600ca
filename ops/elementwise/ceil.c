// SPDX-License-Identifier: GPL-3.0-or-later
//
// ceil(x), a step.
#include "ops/elementwise/unary.h"

const sg_op op_ceil = {
    SG_STEP_UNARY(ceil),
    SG_WORDS("The smallest whole number that is not below x.", "y = ceil(x)", "PyTorch, torch.ceil"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(2.5, -2.5, 3.5, -0.25)), SG_GIVES(3, -2, 4, 0)},
                          {"large", SG_ON(SG_UNIFORM(-1e6, 1e6, SG_DIMS(5)))}),
};

sg_tensor *sg_ceil(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_ceil, 1, &x, NULL); }
