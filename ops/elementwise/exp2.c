// SPDX-License-Identifier: GPL-3.0-or-later
//
// 2^x.  d_x = d_y log(2) 2^x, with 2^(x - 2) for 2^x, which may overflow where the product does not.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  const double four_log_2 = 2.77258872223978123767;
  return sg_mul_scalar(c, sg_exp2(c, sg_add_scalar(c, x, -2)), four_log_2);
}

const sg_op op_exp2 = {
    SG_FUSED_UNARY(exp2, .slope = slope),
    SG_WORDS("Two to the power of x.", "y = 2^x", "Elementary"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -0.5)), SG_GIVES(8, 0.7071067811865475244)},
                          {"small", SG_ON(SG_UNIFORM(-20, -10, SG_DIMS(3)))}),
};

sg_tensor *sg_exp2(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_exp2, 1, &x, NULL); }
