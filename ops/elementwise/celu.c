// SPDX-License-Identifier: GPL-3.0-or-later
//
// x for x > 0, else alpha (exp(x / alpha) - 1).  d_x = d_y for x > 0, else d_y exp(x / alpha).
#include "ops/elementwise/elu.h"

static sg_tensor *d_x(const sg_single *s) {
  sg_context *c = s->context;
  sg_tensor *alpha = sg_scalar_like(c, s->x, sg_elu_alpha(s));
  sg_tensor *slope = sg_exp(c, sg_div(c, sg_nonpositive(c, s->x), alpha));
  return sg_where(c, sg_gt(c, s->x, sg_scalar_like(c, s->x, 0)), s->d_y, sg_mul(c, s->d_y, slope));
}

const sg_op op_celu = {
    SG_FUSED_UNARY(celu, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("elu with a continuous derivative for every alpha.",
             "y = x where x > 0, else alpha * (exp(x / alpha) - 1)", "Barron 2017, arXiv:1704.07483"),
    SG_ELU_OPTIONS(SG_ABOVE, 0),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(3, -1)), SG_WITH(sg_elu_options, 2), SG_GIVES(3, -0.78693868057473315279)},
        {"sharp", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))), SG_WITH(sg_elu_options, 0.5)}),
};

sg_tensor *sg_celu(sg_context *context, sg_tensor *x, double alpha) {
  return sg_apply_one(context, &op_celu, 1, &x, &(sg_elu_options){alpha});
}
