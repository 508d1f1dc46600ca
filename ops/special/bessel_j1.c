// SPDX-License-Identifier: GPL-3.0-or-later
//
// J_1(x).  d_x = d_y (J_0(x) - J_2(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_j1 = {
    SG_BESSEL(bessel_j1, SG_BESSEL_J, 1),
    SG_WORDS("The Bessel function of the first kind of order 1.",
             "y = J_1(x) = 1/pi * integral of cos(t - x sin t) over t from 0 to pi", "Abramowitz and Stegun 9.1"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 1, -1)), SG_GIVES(0, 0.44005058574493351596, -0.44005058574493351596)},
        SG_BESSEL_BOTH_SIDES),
};

sg_tensor *sg_bessel_j1(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_bessel_j1, 1, &x, NULL);
}
