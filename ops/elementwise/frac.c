// SPDX-License-Identifier: GPL-3.0-or-later
//
// x - trunc(x).  d_x = d_y.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) { return s->d_y; }

const sg_op op_frac = {
    SG_UNARY(frac, .d_x = {d_x, 0}),
    SG_WORDS("The fraction of x, with its sign.", "y = x - trunc(x)", "PyTorch, torch.frac"),
    .subgradient = "1 at the jumps, as beside them",
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(2.5, -2.25, 0.75)), SG_GIVES(0.5, -0.25, 0.75)},
                          {"large", SG_ON(SG_UNIFORM(10, 100, SG_DIMS(5)))}),
};

sg_tensor *sg_frac(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_frac, 1, &x, NULL); }
