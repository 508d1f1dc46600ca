// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = -x.  d_x = -d_y.
#include "ops/elementwise/unary.h"

static void vjp(const sg_call *call) { call->d_inputs[0] = sg_neg(call->context, call->d_outputs[0]); }

const sg_op op_neg = {
    SG_NUMERIC_UNARY(neg),
    .summary = "The negative of x.",
    .formula = "y = -x",
    .reference = "Elementary",
    .vjp = vjp,
    .samples = SG_SAMPLES(SG_BY_HAND(SG_NUMBERS(1, -2), SG_NUMBERS(-1, 2))),
};

sg_tensor *sg_neg(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_neg, 1, &x, NULL); }
