// SPDX-License-Identifier: GPL-3.0-or-later
//
// Y_n(x); NaN below 0.  d_x = d_y (Y_(n - 1)(x) - Y_(n + 1)(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_yn = {
    SG_BESSEL_N(bessel_yn, SG_BESSEL_Y, 1),
    SG_WORDS("The Bessel function of the second kind of a whole order.", "y = Y_n(x); NaN below 0",
             "Abramowitz and Stegun 9.1"),
    .domain = {1, 6},
};

sg_tensor *sg_bessel_yn(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_bessel_yn, 1, &x, &(sg_bessel){n, 0, SG_BESSEL_Y});
}
