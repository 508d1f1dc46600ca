// SPDX-License-Identifier: GPL-3.0-or-later
//
// erf(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.  d_x = d_y 2 / sqrt(pi) exp(-x^2).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  const double two_over_sqrt_pi = 1.12837916709551257390;
  return sg_mul_scalar(c, sg_exp(c, sg_neg(c, sg_square(c, sg_tails(c, x)))), two_over_sqrt_pi);
}

const sg_op op_erf = {
    SG_FUSED_UNARY(erf, .slope = slope),
    SG_WORDS("The error function.", "y = 2 / sqrt(pi) * integral of exp(-t^2) dt from 0 to x",
             "Abramowitz and Stegun 7.1.1"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0, 0.84270079294971486934)}),
};

sg_tensor *sg_erf(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_erf, 1, &x, NULL); }
