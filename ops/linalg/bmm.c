// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[n] = a[n] b[n]
#include "ops/linalg/product_of.h"

const sg_op op_bmm = {
    SG_PRODUCT_OF(bmm, 3, 3, sg_matmul),
    SG_WORDS("The products of two batches of matrices.", "y[n, i, j] = sum over p of a[n, i, p] b[n, p, j]",
             "Elementary"),
    .inputs = SG_PORTS({"a", 0, "(N, n, k)"}, {"b", 0, "(N, k, m)"}),
    .samples = SG_SAMPLES({"batch", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 4, 2))},
                          {"one", SG_ON(SG_RANDN(1, 1, 3), SG_RANDN(1, 3, 1))},
                          {"no matrices", SG_ON(SG_RANDN(0, 3, 4), SG_RANDN(0, 4, 2))}),
    .bad_samples = SG_SAMPLES(
        {"batches", SG_ON(SG_RANDN(1, 3, 4), SG_RANDN(2, 4, 2)),
         .error = "a has shape [1, 3, 4] and b has shape [2, 4, 2], which do not fit"},
        {"matrix", SG_ON(SG_RANDN(2, 2, 2), SG_RANDN(2, 2)), .error = "b has shape [2, 2], expected 3 dimensions"}),
};

sg_tensor *sg_bmm(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_bmm, 2, (sg_tensor *[]){a, b}, NULL);
}
