// SPDX-License-Identifier: GPL-3.0-or-later
//
// x - lambd above lambd, x + lambd below -lambd, else 0.  d_x = d_y beyond [-lambd, lambd], else 0.
#include "ops/elementwise/shrink.h"

static sg_tensor *d_x(const sg_single *s) { return sg_beyond_bound(s, s->d_y); }

const sg_op op_softshrink = {
    SG_UNARY(softshrink, .fused = sg_row_d_hardshrink, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("Moves every element towards 0 by lambd.", "y = sign(x) max(|x| - lambd, 0)",
             "PyTorch, torch.nn.functional.softshrink"),
    .subgradient = "0 at -lambd and at lambd",
    SG_SHRINK_OPTIONS(SG_AT_LEAST, 0),
    .backward = sg_unary_backward,
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0.25)), SG_GIVES(2.5, -1.5, 0)},
                   {"narrow", SG_ON(SG_DISTINCT(-1, 1.1, SG_DIMS(3, 4))), SG_WITH(sg_shrink_options, 0.125)}),
};

sg_tensor *sg_softshrink(sg_context *context, sg_tensor *x, double lambd) {
  return sg_apply_one(context, &op_softshrink, 1, &x, &(sg_shrink_options){lambd});
}
