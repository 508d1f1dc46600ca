// SPDX-License-Identifier: GPL-3.0-or-later
//
// Y_1(x); NaN below 0, -infinity at 0.  d_x = d_y (Y_0(x) - Y_2(x)) / 2.
#include "ops/ops.h"
#include "ops/special/bessel.h"

const sg_op op_bessel_y1 = {
    SG_BESSEL(bessel_y1, SG_BESSEL_Y, 1),
    SG_WORDS("The Bessel function of the second kind of order 1.", "y = Y_1(x); NaN below 0",
             "Abramowitz and Stegun 9.1"),
    .domain = {0.5, 6},
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2)), SG_GIVES(-0.78121282130028871655, -0.10703243154093754689)},
                   {"large", SG_ON(SG_UNIFORM(20, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_bessel_y1(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_bessel_y1, 1, &x, NULL);
}
