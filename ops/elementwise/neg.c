// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = -x.  d_x = -d_y.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return sg_neg(s->context, s->d_y); }

const sg_op op_neg = {
    SG_NUMERIC_UNARY(neg, .d_x = {d_x}),
    SG_WORDS("The negative of x.", "y = -x", "Elementary"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -2)), SG_GIVES(-1, 2)}),
};

sg_tensor *sg_neg(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_neg, 1, &x, NULL); }
