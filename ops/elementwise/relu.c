// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = max(x, 0).  d_x = d_y where x > 0, else 0; x > 0 exactly where y > 0, and the output is what the next layer
// keeps anyway, so the output is what is saved. A NaN passes through, both ways.
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *zero = sg_scalar_like(c, s->y, 0);
  return sg_where(c, sg_le(c, s->y, zero), zero, s->d_y);
}

const sg_op op_relu = {
    SG_FUSED_UNARY(relu, .d_x = {d_x, SG_READS_Y}),
    SG_WORDS("The rectifier: negative elements become 0.", "y = max(x, 0)",
             "Nair and Hinton 2010; the derivative at 0 is 0"),
    .subgradient = "0 at 0",
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0.5)), SG_GIVES(3, 0, 0.5)},
                          {"all negative", SG_ON(SG_UNIFORM(-2, -1, SG_DIMS(2, 2)))}),
};

sg_tensor *sg_relu(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_relu, 1, &x, NULL); }
