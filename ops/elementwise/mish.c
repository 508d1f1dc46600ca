// SPDX-License-Identifier: GPL-3.0-or-later
//
// x t(x), t(x) = tanh(log(1 + exp(x))).  d_x = d_y (t + x t'), t' = sigmoid(x) (1 - t^2).
#include "ops/elementwise/unary.h"

#include <math.h>

// 1 - tanh(u)^2 = 4 s'(2 u) with the sigmoid s
static sg_tensor *slope(sg_context *c, sg_tensor *x) {
  sg_tensor *u = sg_softplus(c, x, 1, HUGE_VAL),
            *bend = sg_mul_scalar(c, sg_sigmoid_slope(c, sg_mul_scalar(c, u, 2)), 4);
  return sg_add(c, sg_tanh(c, u), sg_mul(c, sg_tails(c, x), sg_mul(c, bend, sg_sigmoid(c, x))));
}

const sg_op op_mish = {
    SG_FUSED_UNARY(mish, .slope = slope),
    SG_WORDS("A smooth rectifier that dips below 0.", "y = x * tanh(log(1 + exp(x)))",
             "Misra 2019, arXiv:1908.08681"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 1, -2)), SG_GIVES(0, 0.86509838826731034612, -0.25250148269570886364)},
        {"wide", SG_ON(SG_UNIFORM(-6, 6, SG_DIMS(7)))}),
};

sg_tensor *sg_mish(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_mish, 1, &x, NULL); }
