// SPDX-License-Identifier: GPL-3.0-or-later
//
// tan(x), x in radians.  d_x = d_y (1 + y^2).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *y) { return sg_add_scalar(c, sg_square(c, y), 1); }

const sg_op op_tan = {
    SG_FUSED_UNARY(tan, .slope_of_y = slope),
    SG_WORDS("The tangent.", "y = sin(x) / cos(x)", "Abramowitz and Stegun 4.3"),
    .domain = {-1.3, 1.3},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(0, 1.5574077246549022305)},
                          {"on the next branch", SG_ON(SG_UNIFORM(2, 4, SG_DIMS(4)))}),
};

sg_tensor *sg_tan(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_tan, 1, &x, NULL); }
