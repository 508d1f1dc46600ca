// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = sum of a[i] b[i]
#include "ops/linalg/product_of.h"

const sg_sample sg_vector_product_samples[] = {
    {"vectors", SG_ON(SG_RANDN(5), SG_RANDN(5))},
    {"of nothing", SG_ON(SG_RANDN(0), SG_RANDN(0))},
    {"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(4, -5, 6)), SG_GIVES(12)},
    {0},
};

const sg_sample sg_vector_product_bad_samples[] = {
    {"lengths", SG_ON(SG_RANDN(2), SG_RANDN(3)), .error = "a has shape [2] and b has shape [3], which do not fit"},
    {"matrix", SG_ON(SG_RANDN(2, 2), SG_RANDN(2)), .error = "a has shape [2, 2], expected 1 dimension"},
    {0},
};

const sg_op op_dot = {
    SG_VECTOR_PRODUCT(dot),
    SG_WORDS("The inner product of two vectors.", "y = sum of a[i] b[i]", "Elementary"),
};

sg_tensor *sg_dot(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_dot, 2, (sg_tensor *[]){a, b}, NULL);
}
