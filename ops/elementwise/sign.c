// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = -1, 0 or 1, the sign of x. Its derivative is zero wherever there is one.
#include "ops/elementwise/unary.h"

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_tensor_full(call->context, call->dtype, &call->input_shapes[0], 0);
}

const sg_op op_sign = {
    SG_NUMERIC_UNARY(sign),
    SG_WORDS("The sign of x: -1, 0 or 1.", "y = x / |x|, 0 at 0", "Elementary"),
    .vjp = vjp,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2)), SG_GIVES(1, -1)}),
};

sg_tensor *sg_sign(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sign, 1, &x, NULL); }
