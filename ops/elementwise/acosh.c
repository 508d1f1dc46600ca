// SPDX-License-Identifier: GPL-3.0-or-later
//
// acosh(x), at least 0; NaN where x < 1.  d_x = d_y / sqrt(x - 1) / sqrt(x + 1), infinite at 1.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  return sg_mul(c, sg_rsqrt(c, sg_add_scalar(c, x, -1)), sg_rsqrt(c, sg_add_scalar(c, x, 1)));
}

const sg_op op_acosh = {
    SG_FUSED_UNARY(acosh, .slope = slope),
    SG_WORDS("The inverse of the hyperbolic cosine.", "y = log(x + sqrt(x^2 - 1))", "Abramowitz and Stegun 4.6"),
    .domain = {1.5, 4},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1.25, 2)), SG_GIVES(0.69314718055994530942, 1.3169578969248167086)},
                   {"large", SG_ON(SG_UNIFORM(1e3, 1e5, SG_DIMS(3)))}),
};

sg_tensor *sg_acosh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_acosh, 1, &x, NULL); }
