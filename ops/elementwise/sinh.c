// SPDX-License-Identifier: GPL-3.0-or-later
//
// sinh(x).  d_x = d_y cosh(x).
#include "ops/elementwise/unary.h"

const sg_op op_sinh = {
    SG_FUSED_UNARY(sinh, .slope = sg_cosh),
    SG_WORDS("The hyperbolic sine.", "y = (exp(x) - exp(-x)) / 2", "Abramowitz and Stegun 4.5"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 1.0e-10)), SG_GIVES(1.1752011936438014569, 1.0e-10)},
                          {"large", SG_ON(SG_UNIFORM(15, 18, SG_DIMS(3)))}),
};

sg_tensor *sg_sinh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sinh, 1, &x, NULL); }
