// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = beta x + alpha vec1 vec2'
#include "ops/linalg/product_of.h"

const sg_op op_addr = {
    SG_ADDED_PRODUCT(addr, 1, 1, sg_outer),
    SG_WORDS("A matrix and the outer product of two vectors.", "y[i, j] = beta x[i, j] + alpha vec1[i] vec2[j]",
             "PyTorch, torch.addr"),
    .inputs = SG_FACTORS("vec1", "(n)", "vec2", "(m)"),
    SG_ADDED_PRODUCT_SAMPLES(SG_RANDN(3, 2), SG_RANDN(2), SG_RANDN(3), SG_RANDN(2)),
    .bad_samples = SG_SAMPLES({"matrix", SG_ON(SG_RANDN(3, 2), SG_RANDN(3, 1), SG_RANDN(2)),
                               .error = "vec1 has shape [3, 1], expected 1 dimension"}),
};

sg_tensor *sg_addr(sg_context *context, sg_tensor *x, sg_tensor *vec1, sg_tensor *vec2,
                   const sg_added_product_options *options) {
  return sg_apply_one(context, &op_addr, 3, (sg_tensor *[]){x, vec1, vec2}, options);
}
