// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = beta x + alpha mat vec
#include "ops/linalg/product_of.h"

const sg_op op_addmv = {
    SG_ADDED_PRODUCT(addmv, 2, 1, sg_matmul),
    SG_WORDS("A vector and the product of a matrix and a vector.", "y = beta x + alpha mat vec",
             "PyTorch, torch.addmv"),
    .inputs = SG_FACTORS("mat", "(n, k)", "vec", "(k)"),
    SG_ADDED_PRODUCT_SAMPLES(SG_RANDN(3), SG_NORMAL(0, 1, SG_SCALAR), SG_RANDN(3, 4), SG_RANDN(4)),
    .bad_samples = SG_SAMPLES({"factors", SG_ON(SG_RANDN(3), SG_RANDN(3, 4), SG_RANDN(3)),
                               .error = "mat has shape [3, 4] and vec has shape [3], which do not fit"}),
};

sg_tensor *sg_addmv(sg_context *context, sg_tensor *x, sg_tensor *mat, sg_tensor *vec,
                    const sg_added_product_options *options) {
  return sg_apply_one(context, &op_addmv, 3, (sg_tensor *[]){x, mat, vec}, options);
}
