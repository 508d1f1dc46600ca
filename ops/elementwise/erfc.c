// SPDX-License-Identifier: GPL-3.0-or-later
//
// erfc(x) = 1 - erf(x), which keeps its digits where erf(x) is close to 1.  d_x = -d_y 2 / sqrt(pi) exp(-x^2).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  const double minus_two_over_sqrt_pi = -1.12837916709551257390;
  return sg_mul_scalar(c, sg_exp(c, sg_neg(c, sg_square(c, sg_tails(c, x)))), minus_two_over_sqrt_pi);
}

const sg_op op_erfc = {
    SG_FUSED_UNARY(erfc, .slope = slope),
    SG_WORDS("The complement of the error function, 1 - erf(x), without cancellation.",
             "y = 2 / sqrt(pi) * integral of exp(-t^2) dt from x to infinity", "Abramowitz and Stegun 7.1.2"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(1, 0.15729920705028513066)}),
};

sg_tensor *sg_erfc(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_erfc, 1, &x, NULL); }
