// SPDX-License-Identifier: GPL-3.0-or-later
//
// K_n(x); NaN below 0.  d_x = -d_y (K_(n - 1)(x) + K_(n + 1)(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_kn = {
    SG_BESSEL_N(bessel_kn, SG_BESSEL_K, 0.5),
    SG_WORDS("The modified Bessel function of the second kind of a whole order.",
             "y = K_n(x) = integral of exp(-x cosh t) cosh(n t) over t >= 0; NaN below 0",
             "Abramowitz and Stegun 9.6"),
    .domain = {0.5, 5},
};

sg_tensor *sg_bessel_kn(sg_context *context, sg_tensor *x, int64_t n) {
  return sg_apply_one(context, &op_bessel_kn, 1, &x, &(sg_bessel){n, 0, SG_BESSEL_K});
}
