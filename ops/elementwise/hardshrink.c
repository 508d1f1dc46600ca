// SPDX-License-Identifier: GPL-3.0-or-later
//
// x beyond [-lambd, lambd], else 0.  d_x = d_y there, else 0.
#include "ops/elementwise/shrink.h"

static sg_tensor *d_x(const sg_single *s) { return sg_beyond_bound(s, s->d_y); }

const sg_op op_hardshrink = {
    SG_FUSED_UNARY(hardshrink, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("Sets small elements to 0.", "y = x where |x| > lambd, else 0",
             "PyTorch, torch.nn.functional.hardshrink"),
    .subgradient = "0 at -lambd and at lambd, where y jumps",
    SG_SHRINK_OPTIONS(0),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0.25)), SG_GIVES(3, -2, 0)},
                   {"narrow", SG_ON(SG_DISTINCT(-1, 1.1, SG_DIMS(3, 4))), SG_WITH(sg_shrink_options, 0.125)}),
};

sg_tensor *sg_hardshrink(sg_context *context, sg_tensor *x, double lambd) {
  return sg_apply_one(context, &op_hardshrink, 1, &x, &(sg_shrink_options){lambd});
}
