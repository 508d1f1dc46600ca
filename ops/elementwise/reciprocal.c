// SPDX-License-Identifier: GPL-3.0-or-later
//
// 1 / x, infinite at 0.  d_x = -d_y / x^2, by the op that is right wherever that is a number.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  return sg_div_derivative(s->context, s->d_y, sg_scalar_like(s->context, s->x, 1), s->x, 1);
}

const sg_op op_reciprocal = {
    SG_FUSED_UNARY(reciprocal, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("One over x.", "y = 1 / x", "Elementary"),
    .domain = {0.5, 3},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(4, -0.5)), SG_GIVES(0.25, -2)},
                          {"negative", SG_ON(SG_UNIFORM(-2, -0.1, SG_DIMS(4)))}),
};

sg_tensor *sg_reciprocal(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_reciprocal, 1, &x, NULL);
}
