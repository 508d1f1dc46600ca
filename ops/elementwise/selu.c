// SPDX-License-Identifier: GPL-3.0-or-later
//
// scale x for x > 0, else scale alpha (exp(x) - 1), with the two that keep mean 0 and variance 1 from layer to
// layer. d_x = d_y scale for x > 0, else d_y scale alpha exp(x).
#include "ops/elementwise/unary.h"

static sg_tensor *d_x(const sg_single *s) {
  const double scale = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717;
  sg_context *c = s->context;
  sg_tensor *slope = sg_mul_scalar(c, sg_exp(c, sg_nonpositive(c, s->x)), alpha);
  sg_tensor *positive = sg_gt(c, s->x, sg_scalar_like(c, s->x, 0));
  return sg_mul_scalar(c, sg_where(c, positive, s->d_y, sg_mul(c, s->d_y, slope)), scale);
}

const sg_op op_selu = {
    SG_FUSED_UNARY(selu, .d_x = {d_x, SG_READS_X}),
    SG_WORDS("The scaled exponential linear unit.", "y = 1.0507 * (x where x > 0, else 1.67326 * (exp(x) - 1))",
             "Klambauer et al. 2017, arXiv:1706.02515"),
    .subgradient = "that of the negative side at 0: scale alpha",
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -1)), SG_GIVES(3.1521029620664414803, -1.1113307378125627618)},
                   {"saturating", SG_ON(SG_UNIFORM(-8, -5, SG_DIMS(4)))}),
};

sg_tensor *sg_selu(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_selu, 1, &x, NULL); }
