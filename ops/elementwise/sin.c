// SPDX-License-Identifier: GPL-3.0-or-later
//
// sin(x), x in radians.  d_x = d_y cos(x).
#include "ops/elementwise/unary.h"

const sg_op op_sin = {
    SG_FUSED_UNARY(sin, .slope = sg_cos),
    SG_WORDS("The sine of x in radians.", "y = sin(x)", "Abramowitz and Stegun 4.3"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0, 0.84147098480789650665)},
                          {"far", SG_ON(SG_UNIFORM(8, 12, SG_DIMS(5)))}),
};

sg_tensor *sg_sin(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sin, 1, &x, NULL); }
