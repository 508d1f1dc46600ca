// SPDX-License-Identifier: GPL-3.0-or-later
//
// min(max(x + 3, 0), 6) / 6.  d_x = d_y / 6 for -3 < x < 3, else 0.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  return sg_within(s->context, sg_mul_scalar(s->context, s->d_y, 1.0 / 6), s->x, -3, 3);
}

const sg_op op_hardsigmoid = {
    SG_FUSED_UNARY(hardsigmoid, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("A sigmoid in three straight pieces.", "y = min(max(x + 3, 0), 6) / 6",
             "Howard et al. 2019, arXiv:1905.02244"),
    .subgradient = "0 at -3 and at 3",
    .domain = {-5, 5},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1.5, -4, 4)), SG_GIVES(0.5, 0.75, 0, 1)}),
};

sg_tensor *sg_hardsigmoid(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_hardsigmoid, 1, &x, NULL);
}
