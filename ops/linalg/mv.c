// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[i] = sum over j of a[i, j] b[j]
#include "ops/linalg/product_of.h"

const sg_op op_mv = {
    SG_PRODUCT_OF(mv, 2, 1, sg_matmul),
    SG_WORDS("The product of a matrix and a vector.", "y[i] = sum over j of a[i, j] b[j]", "Elementary"),
    .inputs = SG_PORTS({"a", 0, "(n, k)"}, {"b", 0, "(k)"}),
    .samples = SG_SAMPLES(
        {"matrix", SG_ON(SG_RANDN(3, 4), SG_RANDN(4))}, {"no rows", SG_ON(SG_RANDN(0, 4), SG_RANDN(4))},
        {"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VECTOR(5, -6)), SG_GIVES(-7, -9)}),
    .bad_samples =
        SG_SAMPLES({"lengths", SG_ON(SG_RANDN(2, 3), SG_RANDN(2)),
                    .error = "a has shape [2, 3] and b has shape [2], which do not fit"},
                   {"vector", SG_ON(SG_RANDN(2), SG_RANDN(2)), .error = "a has shape [2], expected 2 dimensions"}),
};

sg_tensor *sg_mv(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_mv, 2, (sg_tensor *[]){a, b}, NULL);
}
