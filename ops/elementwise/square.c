// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x^2.  d_x = 2 x d_y.
#include "ops/elementwise/unary.h"

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul_scalar(call->context, sg_mul(call->context, call->d_outputs[0], call->inputs[0]), 2);
}

const sg_op op_square = {
    SG_FUSED_NUMERIC_UNARY(square),
    .summary = "The square of x.",
    .formula = "y = x^2",
    .reference = "Elementary",
    .save_inputs = 1,
    .vjp = vjp,
    .samples = SG_SAMPLES(SG_BY_HAND(SG_NUMBERS(3, -2, 0), SG_NUMBERS(9, 4, 0))),
};

sg_tensor *sg_square(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_square, 1, &x, NULL); }
