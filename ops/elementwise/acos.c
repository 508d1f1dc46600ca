// SPDX-License-Identifier: GPL-3.0-or-later
//
// acos(x), in [0, pi]; NaN where |x| > 1.  d_x = -d_y / sqrt(1 - x^2), infinite at -1 and 1.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_neg(c, sg_rsqrt(c, sg_one_minus_square(c, x))); }

const sg_op op_acos = {
    SG_FUSED_UNARY(acos, .slope = slope),
    SG_WORDS("The inverse of the cosine, in radians.", "y with cos(y) = x, 0 <= y <= pi",
             "Abramowitz and Stegun 4.4"),
    .domain = {-0.9, 0.9},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0.5, -0.25)), SG_GIVES(1.0471975511965977462, 1.8234765819369752727)},
        {"close to 1", SG_ON(SG_UNIFORM(0.9, 0.99, SG_DIMS(4)))}),
};

sg_tensor *sg_acos(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_acos, 1, &x, NULL); }
