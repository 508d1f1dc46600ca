// SPDX-License-Identifier: GPL-3.0-or-later
//
// J_0(x).  d_x = -d_y J_1(x).
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_j0 = {
    SG_BESSEL(bessel_j0, SG_BESSEL_J, 0),
    SG_WORDS("The Bessel function of the first kind of order 0.",
             "y = J_0(x) = 1/pi * integral of cos(x sin t) over t from 0 to pi", "Abramowitz and Stegun 9.1"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(1, 0.76519768655796655145)}, SG_BESSEL_BOTH_SIDES),
};

sg_tensor *sg_bessel_j0(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_bessel_j0, 1, &x, NULL);
}
