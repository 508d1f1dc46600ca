// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x) - 1, with all its digits around 0.  d_x = d_y exp(x).
#include "ops/elementwise/unary.h"

const sg_op op_expm1 = {
    SG_FUSED_UNARY(expm1, .slope = sg_exp),
    SG_WORDS("The exponential function minus 1, accurate around 0.", "y = exp(x) - 1", "Abramowitz and Stegun 4.2"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 1.0e-10)), SG_GIVES(1.7182818284590452354, 1.00000000005e-10)},
                   {"saturating", SG_ON(SG_UNIFORM(-8, -5, SG_DIMS(3)))}),
};

sg_tensor *sg_expm1(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_expm1, 1, &x, NULL); }
