// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = beta x + alpha mat1 mat2
#include "ops/linalg/product_of.h"

const sg_op op_addmm = {
    SG_ADDED_PRODUCT(addmm, 2, 2, sg_matmul),
    SG_WORDS("A matrix and the product of two.", "y = beta x + alpha mat1 mat2", "PyTorch, torch.addmm"),
    .inputs = SG_FACTORS("mat1", "(n, k)", "mat2", "(k, m)"),
    SG_ADDED_PRODUCT_SAMPLES(SG_RANDN(3, 2), SG_RANDN(2), SG_RANDN(3, 4), SG_RANDN(4, 2)),
    .bad_samples =
        SG_SAMPLES({"x", SG_ON(SG_RANDN(3), SG_RANDN(3, 4), SG_RANDN(4, 2)),
                    .error = "x has shape [3], which does not broadcast to [3, 2], the shape of the product"},
                   {"factors", SG_ON(SG_RANDN(2), SG_RANDN(3, 4), SG_RANDN(3, 2)),
                    .error = "mat1 has shape [3, 4] and mat2 has shape [3, 2], which do not fit"}),
};

sg_tensor *sg_addmm(sg_context *context, sg_tensor *x, sg_tensor *mat1, sg_tensor *mat2,
                    const sg_added_product_options *options) {
  return sg_apply_one(context, &op_addmm, 3, (sg_tensor *[]){x, mat1, mat2}, options);
}
