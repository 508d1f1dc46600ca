// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = sqrt(x): NaN below 0.  d_x = d_y / (2 y), infinite at x = 0; the output is what is saved.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_div(s->context, s->d_y, sg_mul_scalar(s->context, s->y, 2)); }

const sg_op op_sqrt = {
    SG_FUSED_UNARY(sqrt, .d_x = {d_x, SG_READS_Y}),
    SG_WORDS("The square root.", "y = sqrt(x)", "Elementary"),
    .domain = {0.5, 3},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(4, 2.25)), SG_GIVES(2, 1.5)},
                          {"small", SG_ON(SG_UNIFORM(1e-3, 1e-2, SG_DIMS(3)))}),
};

sg_tensor *sg_sqrt(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sqrt, 1, &x, NULL); }
