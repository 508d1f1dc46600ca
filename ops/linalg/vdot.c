// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = sum of a[i] b[i]
#include "ops/linalg/product_of.h"

const sg_op op_vdot = {
    SG_PRODUCT_OF(vdot, 1, 1, sg_matmul),
    SG_WORDS("The inner product of two vectors (of real numbers: the same as dot).", "y = sum of a[i] b[i]",
             "Elementary"),
    .inputs = SG_PORTS({"a", 0, "(n)"}, {"b", 0, "(n)"}),
    .samples =
        SG_SAMPLES({"vectors", SG_ON(SG_RANDN(5), SG_RANDN(5))}, {"of nothing", SG_ON(SG_RANDN(0), SG_RANDN(0))},
                   {"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(4, -5, 6)), SG_GIVES(12)}),
    .bad_samples = SG_SAMPLES(
        {"lengths", SG_ON(SG_RANDN(2), SG_RANDN(3)),
         .error = "a has shape [2] and b has shape [3], which do not fit"},
        {"matrix", SG_ON(SG_RANDN(2, 2), SG_RANDN(2)), .error = "a has shape [2, 2], expected 1 dimension"}),
};

sg_tensor *sg_vdot(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_vdot, 2, (sg_tensor *[]){a, b}, NULL);
}
