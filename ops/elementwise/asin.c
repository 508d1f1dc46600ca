// SPDX-License-Identifier: GPL-3.0-or-later
//
// asin(x), in [-pi/2, pi/2]; NaN where |x| > 1.  d_x = d_y / sqrt(1 - x^2), infinite at -1 and 1.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_rsqrt(c, sg_one_minus_square(c, x)); }

const sg_op op_asin = {
    SG_FUSED_UNARY(asin, .slope = slope),
    SG_WORDS("The inverse of the sine, in radians.", "y with sin(y) = x, -pi/2 <= y <= pi/2",
             "Abramowitz and Stegun 4.4"),
    .domain = {-0.9, 0.9},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0.5, -0.25)), SG_GIVES(0.52359877559829887308, -0.25268025514207865349)},
        {"close to 1", SG_ON(SG_UNIFORM(0.9, 0.99, SG_DIMS(4)))}),
};

sg_tensor *sg_asin(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_asin, 1, &x, NULL); }
