// SPDX-License-Identifier: GPL-3.0-or-later
//
// x towards 0, a step.
#include "ops/elementwise/unary.h"

const sg_op op_trunc = {
    SG_STEP_UNARY(trunc),
    SG_WORDS("x without its fraction.", "y = sign(x) floor(|x|)", "PyTorch, torch.trunc"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(2.5, -2.5, 3.5, -0.25)), SG_GIVES(2, -2, 3, 0)},
                          {"large", SG_ON(SG_UNIFORM(-1e6, 1e6, SG_DIMS(5)))}),
};

sg_tensor *sg_trunc(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_trunc, 1, &x, NULL); }
