// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[i, j] = a[i] b[j], a column times a row.
#include "ops/linalg/product_of.h"

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  outputs[0] = sg_mul(c, sg_unsqueeze(c, call->inputs[0], 1), sg_unsqueeze(c, call->inputs[1], 0));
}

const sg_op op_outer = {
    SG_PRODUCT_OF(outer, 1, 1, sg_outer),
    SG_WORDS("All products of an element of a and one of b.", "y[i, j] = a[i] b[j]", "Elementary"),
    .inputs = SG_PORTS({"a", 0, "(n)"}, {"b", 0, "(m)"}),
    .compose = compose,
    .samples =
        SG_SAMPLES({"vectors", SG_ON(SG_RANDN(3), SG_RANDN(4))}, {"nothing", SG_ON(SG_RANDN(0), SG_RANDN(2))},
                   {"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, -4)), SG_GIVES(3, -4, 6, -8)}),
    .bad_samples = SG_SAMPLES(
        {"matrix", SG_ON(SG_RANDN(2), SG_RANDN(2, 2)), .error = "b has shape [2, 2], expected 1 dimension"}),
};

sg_tensor *sg_outer(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_outer, 2, (sg_tensor *[]){a, b}, NULL);
}
