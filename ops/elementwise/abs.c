// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = |x|.  d_x = d_y sign(x), which is 0 at x = 0.
#include "ops/elementwise/unary.h"

const sg_op op_abs = {
    SG_FUSED_NUMERIC_UNARY(abs, .slope = sg_sign),
    SG_WORDS("The absolute value.", "y = |x|", "Elementary; the derivative at 0 is 0, as in PyTorch"),
    .subgradient = "0 at 0",
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0)), SG_GIVES(3, 2, 0)}),
};

sg_tensor *sg_abs(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_abs, 1, &x, NULL); }
