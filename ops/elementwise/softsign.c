// SPDX-License-Identifier: GPL-3.0-or-later
//
// x / (1 + |x|), 1 and -1 at the infinities.  d_x = d_y / (1 + |x|)^2.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  return sg_square(c, sg_reciprocal(c, sg_add_scalar(c, sg_abs(c, x), 1)));
}

const sg_op op_softsign = {
    SG_FUSED_UNARY(softsign, .slope = slope),
    SG_WORDS("A sigmoid with long tails, between -1 and 1.", "y = x / (1 + |x|)", "Turian et al. 2009"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -3)), SG_GIVES(0.5, -0.75)},
                          {"far out", SG_ON(SG_UNIFORM(5, 9, SG_DIMS(4)))}),
};

sg_tensor *sg_softsign(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_softsign, 1, &x, NULL);
}
