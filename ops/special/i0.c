// SPDX-License-Identifier: GPL-3.0-or-later
//
// I_0(x).  d_x = d_y I_1(x).
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_i0 = {
    SG_BESSEL(i0, SG_BESSEL_I, 0),
    SG_WORDS("The modified Bessel function of the first kind of order 0.",
             "y = I_0(x) = 1/pi * integral of exp(x cos t) over t from 0 to pi", "Abramowitz and Stegun 9.6"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(1, 1.2660658777520083356)}, SG_BESSEL_BOTH_SIDES),
};

sg_tensor *sg_i0(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_i0, 1, &x, NULL); }
