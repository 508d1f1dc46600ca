// SPDX-License-Identifier: GPL-3.0-or-later
//
// J_n(x).  d_x = d_y (J_(n - 1)(x) - J_(n + 1)(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_jn = {
    SG_BESSEL_N(bessel_jn, SG_BESSEL_J, -12),
    SG_WORDS("The Bessel function of the first kind of a whole order.",
             "y = J_n(x) = 1/pi * integral of cos(n t - x sin t) over t from 0 to pi", "Abramowitz and Stegun 9.1"),
};

sg_tensor *sg_bessel_jn(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_bessel_jn, 1, &x, &(sg_bessel){n, 0, SG_BESSEL_J});
}
