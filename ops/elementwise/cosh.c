// SPDX-License-Identifier: GPL-3.0-or-later
//
// cosh(x).  d_x = d_y sinh(x).
#include "ops/elementwise/unary.h"

const sg_op op_cosh = {
    SG_FUSED_UNARY(cosh, .slope = sg_sinh),
    SG_WORDS("The hyperbolic cosine.", "y = (exp(x) + exp(-x)) / 2", "Abramowitz and Stegun 4.5"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(1, 1.5430806348152437785)},
                          {"large", SG_ON(SG_UNIFORM(-18, -15, SG_DIMS(3)))}),
};

sg_tensor *sg_cosh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_cosh, 1, &x, NULL); }
