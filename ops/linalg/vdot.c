// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/linalg/product_of.h"

const sg_op op_vdot = {
    SG_VECTOR_PRODUCT(vdot),
    SG_WORDS("The inner product of two vectors, of real numbers the same as dot.", "y = sum of a[i] b[i]",
             "Elementary"),
};

sg_tensor *sg_vdot(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_vdot, 2, (sg_tensor *[]){a, b}, NULL);
}
