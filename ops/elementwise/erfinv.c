// SPDX-License-Identifier: GPL-3.0-or-later
//
// The y with erf(y) = x: infinite at -1 and 1, NaN beyond.  d_x = d_y sqrt(pi) / 2 exp(y^2).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *y) {
  const double half_root_of_pi = 0.88622692545275801365;
  return sg_mul_scalar(c, sg_exp(c, sg_square(c, y)), half_root_of_pi);
}

const sg_op op_erfinv = {
    SG_UNARY(erfinv, .slope_of_y = slope),
    SG_WORDS("The inverse of the error function.", "y with erf(y) = x",
             "Giles 2012, Approximating the erfinv function"),
    .domain = {-0.9, 0.9},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 0.5, -0.25)), SG_GIVES(0, 0.47693627620446987338, -0.22531205501217810473)},
        {"close to 1", SG_ON(SG_UNIFORM(0.9, 0.99, SG_DIMS(4)))}),
};

sg_tensor *sg_erfinv(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_erfinv, 1, &x, NULL); }
