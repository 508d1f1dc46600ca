// SPDX-License-Identifier: GPL-3.0-or-later
//
// round(x), a step; a half goes to the even number.
#include "ops/elementwise/unary.h"

const sg_op op_round = {
    SG_STEP_UNARY(round),
    SG_WORDS("The whole number nearest to x, the even one of two.", "y = floor(x + 1/2), the even one at a half",
             "PyTorch, torch.round"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(2.25, -2.75, 3.5625, -0.25)), SG_GIVES(2, -3, 4, 0)},
                          {"large", SG_ON(SG_UNIFORM(-1e6, 1e6, SG_DIMS(5)))}),
};

sg_tensor *sg_round(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_round, 1, &x, NULL); }
