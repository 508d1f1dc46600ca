// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x^2.  d_x = 2 x d_y.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_mul_scalar(s->context, sg_mul(s->context, s->d_y, s->x), 2); }

const sg_op op_square = {
    SG_FUSED_NUMERIC_UNARY(square, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The square of x.", "y = x^2", "Elementary"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0)), SG_GIVES(9, 4, 0)}),
};

sg_tensor *sg_square(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_square, 1, &x, NULL); }
