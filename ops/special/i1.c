// SPDX-License-Identifier: GPL-3.0-or-later
//
// I_1(x).  d_x = d_y (I_0(x) + I_2(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_i1 = {
    SG_BESSEL(i1, SG_BESSEL_I, 1),
    SG_WORDS("The modified Bessel function of the first kind of order 1.",
             "y = I_1(x) = 1/pi * integral of exp(x cos t) cos t over t from 0 to pi", "Abramowitz and Stegun 9.6"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 1, -1)), SG_GIVES(0, 0.56515910399248502721, -0.56515910399248502721)},
        SG_BESSEL_BOTH_SIDES),
};

sg_tensor *sg_i1(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_i1, 1, &x, NULL); }
