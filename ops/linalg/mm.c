// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a b
#include "ops/linalg/product_of.h"

const sg_op op_mm = {
    SG_PRODUCT_OF(mm, 2, 2, sg_matmul),
    SG_WORDS("The product of two matrices.", "y[i, j] = sum over p of a[i, p] b[p, j]", "Elementary"),
    .inputs = SG_PORTS({"a", 0, "(n, k)"}, {"b", 0, "(k, m)"}),
    .samples = SG_SAMPLES(
        {"matrices", SG_ON(SG_RANDN(3, 4), SG_RANDN(4, 2))},
        {"of no columns", SG_ON(SG_RANDN(3, 0), SG_RANDN(0, 2))},
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)), SG_VALUES(SG_NUMBERS(5, 6), SG_DIMS(2, 1))),
         SG_GIVES(17, 39)}),
    .bad_samples = SG_SAMPLES({"lengths", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3)),
                               .error = "a has shape [2, 3] and b has shape [2, 3], which do not fit"},
                              {"batch", SG_ON(SG_RANDN(2, 2, 2), SG_RANDN(2, 2)),
                               .error = "a has shape [2, 2, 2], expected 2 dimensions"}),
};

sg_tensor *sg_mm(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_mm, 2, (sg_tensor *[]){a, b}, NULL);
}
