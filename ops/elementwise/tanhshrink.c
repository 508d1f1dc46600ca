// SPDX-License-Identifier: GPL-3.0-or-later
//
// x - tanh(x), with all its digits around 0.  d_x = d_y tanh(x)^2.
#include "ops/elementwise/unary.h"

static sg_tensor *slope(sg_context *c, sg_tensor *x) { return sg_square(c, sg_tanh(c, x)); }

const sg_op op_tanhshrink = {
    SG_FUSED_UNARY(tanhshrink, .slope = slope),
    SG_WORDS("x less its hyperbolic tangent.", "y = x - tanh(x)", "PyTorch, torch.nn.functional.tanhshrink"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, -0.01, 3)),
                           SG_GIVES(0.23840584404423511188, -3.3332000053966067108e-7, 2.0049452463132695487)}),
};

sg_tensor *sg_tanhshrink(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_tanhshrink, 1, &x, NULL);
}
