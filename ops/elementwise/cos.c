// SPDX-License-Identifier: GPL-3.0-or-later
//
// cos(x), x in radians.  d_x = -d_y sin(x).
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_neg(c, sg_sin(c, x)); }

const sg_op op_cos = {
    SG_FUSED_UNARY(cos, .slope = slope),
    SG_WORDS("The cosine of x in radians.", "y = cos(x)", "Abramowitz and Stegun 4.3"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1)), SG_GIVES(1, 0.54030230586813971740)},
                          {"far", SG_ON(SG_UNIFORM(8, 12, SG_DIMS(5)))}),
};

sg_tensor *sg_cos(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_cos, 1, &x, NULL); }
