// SPDX-License-Identifier: GPL-3.0-or-later
//
// tanh(x).  d_x = d_y (1 - y^2) = d_y 4 s'(2 x) with the sigmoid s, worked out from x: where y has been rounded to
// 1, 1 - y is lost.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  return sg_mul_scalar(c, sg_sigmoid_slope(c, sg_mul_scalar(c, x, 2)), 4);
}

const sg_op op_tanh = {
    SG_FUSED_UNARY(tanh, .slope = slope),
    SG_WORDS("The hyperbolic tangent.", "y = tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x))",
             "Abramowitz and Stegun 4.5"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 0.5)), SG_GIVES(0, 0.46211715726000975850)},
                          {"saturating", SG_ON(SG_UNIFORM(3, 6, SG_DIMS(4)))}),
};

sg_tensor *sg_tanh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_tanh, 1, &x, NULL); }
