// SPDX-License-Identifier: GPL-3.0-or-later
//
// x for x > 0, else alpha (exp(x) - 1).  d_x = d_y for x > 0, else d_y alpha exp(x).
#include "ops/elementwise/elu.h"

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *slope = sg_mul_scalar(c, sg_exp(c, sg_nonpositive(c, s->x)), sg_elu_alpha(s));
  return sg_where(c, sg_gt(c, s->x, sg_scalar_like(c, s->x, 0)), s->d_y, sg_mul(c, s->d_y, slope));
}

const sg_op op_elu = {
    SG_FUSED_UNARY(elu, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The exponential linear unit.", "y = x where x > 0, else alpha * (exp(x) - 1)",
             "Clevert et al. 2016, arXiv:1511.07289"),
    .subgradient = "that of the negative side at 0: alpha",
    SG_ELU_OPTIONS(0),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(3, -1)), SG_WITH(sg_elu_options, 2), SG_GIVES(3, -1.2642411176571153568)},
        {"steep", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(sg_elu_options, 1.5)},
        {"saturating", SG_ON(SG_UNIFORM(-8, -5, SG_DIMS(4)))}),
};

sg_tensor *sg_elu(sg_context *context, sg_tensor *x, double alpha) {
  return sg_apply_one(context, &op_elu, 1, &x, &(sg_elu_options){alpha});
}
