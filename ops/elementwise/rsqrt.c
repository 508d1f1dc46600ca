// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 / sqrt(x): infinite at 0, NaN below.  d_x = -d_y y^3 / 2, so the output is what is saved.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *y) {
  return sg_mul(c, sg_mul_scalar(c, y, -0.5), sg_square(c, y));
}

const sg_op op_rsqrt = {
    SG_FUSED_UNARY(rsqrt, .slope_of_y = slope),
    SG_WORDS("One over the square root.", "y = 1 / sqrt(x)", "Elementary"),
    .domain = {0.5, 3},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(4, 0.25)), SG_GIVES(0.5, 2)},
                          {"large", SG_ON(SG_UNIFORM(50, 60, SG_DIMS(3)))}),
};

sg_tensor *sg_rsqrt(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_rsqrt, 1, &x, NULL); }
