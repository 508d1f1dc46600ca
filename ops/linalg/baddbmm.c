// SPDX-License-Identifier: GPL-3.0-or-later
//
// y[n] = beta x[n] + alpha batch1[n] batch2[n]
#include "ops/linalg/product_of.h"

const sg_op op_baddbmm = {
    SG_ADDED_PRODUCT(baddbmm, 3, 3, sg_matmul),
    SG_WORDS("A batch of matrices and the products of two.", "y[n] = beta x[n] + alpha batch1[n] batch2[n]",
             "PyTorch, torch.baddbmm"),
    .inputs = SG_FACTORS("batch1", "(N, n, k)", "batch2", "(N, k, m)"),
    SG_ADDED_PRODUCT_SAMPLES(SG_RANDN(2, 3, 2), SG_RANDN(3, 1), SG_RANDN(2, 3, 4), SG_RANDN(2, 4, 2)),
    .bad_samples =
        SG_SAMPLES({"batches", SG_ON(SG_RANDN(2), SG_RANDN(1, 3, 4), SG_RANDN(2, 4, 2)),
                    .error = "batch1 has shape [1, 3, 4] and batch2 has shape [2, 4, 2], which do not fit"}),
};

sg_tensor *sg_baddbmm(sg_context *context, sg_tensor *x, sg_tensor *batch1, sg_tensor *batch2,
                      const sg_added_product_options *options) {
  return sg_apply_one(context, &op_baddbmm, 3, (sg_tensor *[]){x, batch1, batch2}, options);
}
