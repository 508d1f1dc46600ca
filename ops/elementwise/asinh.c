// SPDX-License-Identifier: GPL-3.0-or-later
//
// asinh(x).  d_x = d_y / sqrt(x^2 + 1), where x^2 does not overflow.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_hypot_slope(c, sg_scalar_like(c, x, 1), x); }

const sg_op op_asinh = {
    SG_FUSED_UNARY(asinh, .slope = slope),
    SG_WORDS("The inverse of the hyperbolic sine.", "y = log(x + sqrt(x^2 + 1))", "Abramowitz and Stegun 4.6"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -1.0e-10)), SG_GIVES(0.88137358701954302523, -1.0e-10)},
                          {"large", SG_ON(SG_UNIFORM(1e3, 1e5, SG_DIMS(3)))}),
};

sg_tensor *sg_asinh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_asinh, 1, &x, NULL); }
