// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = beta x + alpha sum over n of batch1[n] batch2[n]
#include "ops/linalg/product_of.h"

// The sum over n as one product with N k columns.
static sg_tensor *sum_of_products(sg_context *c, sg_tensor *a, sg_tensor *b) {
  const int64_t *of_a = sg_tensor_shape(a)->size, *of_b = sg_tensor_shape(b)->size;
  sg_tensor *rows = sg_transpose(c, a, 0, 1);
  return sg_matmul(c, sg_reshape(c, rows, &(sg_shape){2, {of_a[1], of_a[0] * of_a[2]}}),
                   sg_reshape(c, b, &(sg_shape){2, {of_b[0] * of_b[1], of_b[2]}}));
}

const sg_op op_addbmm = {
    SG_ADDED_PRODUCT(addbmm, 3, 3, sum_of_products),
    SG_WORDS("A matrix and the sum of the products of two batches.",
             "y = beta x + alpha sum over n of batch1[n] batch2[n]", "PyTorch, torch.addbmm"),
    .inputs = SG_FACTORS("batch1", "(N, n, k)", "batch2", "(N, k, m)"),
    SG_ADDED_PRODUCT_SAMPLES(SG_RANDN(3, 2), SG_RANDN(3, 1), SG_RANDN(2, 3, 4), SG_RANDN(2, 4, 2)),
    .bad_samples =
        SG_SAMPLES({"batches", SG_ON(SG_RANDN(2), SG_RANDN(1, 3, 4), SG_RANDN(2, 4, 2)),
                    .error = "batch1 has shape [1, 3, 4] and batch2 has shape [2, 4, 2], which do not fit"}),
};

sg_tensor *sg_addbmm(sg_context *context, sg_tensor *x, sg_tensor *batch1, sg_tensor *batch2,
                     const sg_added_product_options *options) {
  return sg_apply_one(context, &op_addbmm, 3, (sg_tensor *[]){x, batch1, batch2}, options);
}
