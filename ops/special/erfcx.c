// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x^2) erfc(x).  d_x = d_y (2 x y - 2 / sqrt(pi)), which for large x would cancel.
#include "ops/ops.h"
#include "ops/special/derived.h"

const sg_op op_erfcx = {
    SG_DERIVED(erfcx, sg_erfcx_value, sg_erfcx_derivative),
    SG_WORDS("The complementary error function, scaled by an exponential.", "y = exp(x^2) erfc(x)",
             "Abramowitz and Stegun 7.2"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 1, -1)), SG_GIVES(1, 0.42758357615580700441, 5.0089800807622834567)},
        {"large", SG_ON(SG_UNIFORM(3, 60, SG_DIMS(3, 4)))}, {"below", SG_ON(SG_UNIFORM(-5, -2, SG_DIMS(4)))}),
};

sg_tensor *sg_erfcx(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_erfcx, 1, &x, NULL); }
