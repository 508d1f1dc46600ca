// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(x), natural: -inf at 0, NaN below.  d_x = d_y / x.
#include "ops/elementwise/unary.h"

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_div(call->context, call->d_outputs[0], call->inputs[0]);
}

const sg_op op_log = {
    SG_FUSED_UNARY(log),
    .summary = "The natural logarithm.",
    .formula = "y = log(x)",
    .reference = "Abramowitz and Stegun 4.1",
    .save_inputs = 1,
    .vjp = vjp,
    .domain = {0.5, 3},
    .samples = SG_SAMPLES(SG_BY_HAND(SG_NUMBERS(1, 2), SG_NUMBERS(0, 0.69314718055994530942)),
                          {"large", SG_ON(SG_UNIFORM(1e3, 1e5, SG_DIMS(5)))}),
};

sg_tensor *sg_log(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_log, 1, &x, NULL); }
