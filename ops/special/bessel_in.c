// SPDX-License-Identifier: GPL-3.0-or-later
//
// I_n(x).  d_x = d_y (I_(n - 1)(x) + I_(n + 1)(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_in = {
    SG_BESSEL_N(bessel_in, SG_BESSEL_I, -12),
    SG_WORDS("The modified Bessel function of the first kind of a whole order.",
             "y = I_n(x) = 1/pi * integral of exp(x cos t) cos(n t) over t from 0 to pi",
             "Abramowitz and Stegun 9.6"),
};

sg_tensor *sg_bessel_in(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_bessel_in, 1, &x, &(sg_bessel){n, 0, SG_BESSEL_I});
}
