// SPDX-License-Identifier: GPL-3.0-or-later
//
// x min(max(x + 3, 0), 6) / 6.  d_x = d_y (x / 3 + 1/2) for -3 <= x <= 3, beyond 0 and d_y.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *zero = sg_scalar_like(c, s->x, 0), *bound = sg_scalar_like(c, s->x, 3);
  sg_tensor *slope = sg_add_scalar(c, sg_mul_scalar(c, sg_clamp(c, s->x, -3, 3), 1.0 / 3), 0.5);
  sg_tensor *right = sg_where(c, sg_gt(c, s->x, bound), s->d_y, sg_mul(c, s->d_y, slope));
  return sg_where(c, sg_lt(c, s->x, sg_neg(c, bound)), zero, right);
}

const sg_op op_hardswish = {
    SG_FUSED_UNARY(hardswish, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("silu with a sigmoid in three straight pieces.", "y = x * min(max(x + 3, 0), 6) / 6",
             "Howard et al. 2019, arXiv:1905.02244"),
    .subgradient = "that of the middle at -3 and at 3: -1/2 and 3/2",
    .domain = {-5, 5},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1.5, -4, 4)), SG_GIVES(0, 1.125, 0, 4)}),
};

sg_tensor *sg_hardswish(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_hardswish, 1, &x, NULL);
}
