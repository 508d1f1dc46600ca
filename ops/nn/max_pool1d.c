// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_max_pool1d = {
    SG_MAX_POOL(max_pool1d, "a line", 1, SG_LINE),
    .formula = "y[n,c,p] = max over i of x[n, c, p*stride - padding + i*dilation]",
    .samples = SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 6, 5), SG_DIMS(1, 1, 4))),
                           SG_POOL(2, 2, 0, 1, false), SG_GIVES(2, 6)},
                          {"pairs and a rest", SG_ON(SG_POOL_INPUT(1, 2, 5)), SG_POOL(2, 2, 0, 1, false)},
                          {"overlapping, padded", SG_ON(SG_POOL_INPUT(1, 2, 7)), SG_POOL(3, 2, 1, 1, false)},
                          {"dilated", SG_ON(SG_POOL_INPUT(1, 2, 7)), SG_POOL(3, 1, 0, 2, false)},
                          {"rounded up", SG_ON(SG_POOL_INPUT(1, 2, 5)), SG_POOL(2, 2, 0, 1, true)},
                          {"one image", SG_ON(SG_POOL_INPUT(2, 5)), SG_POOL(3, 2, 1, 1, true)},
                          {"no images", SG_ON(SG_POOL_INPUT(0, 2, 4)), SG_POOL(2, 2, 0, 1, false)}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(4)), SG_POOL(2, 2, 0, 1, false),
                               .error = "max_pool1d: x has shape [4], expected (N, C, L) or (C, L)"},
                              {"kernel too large", SG_ON(SG_RANDN(1, 1, 4)), SG_POOL(5, 5, 0, 1, false),
                               .error = "does not fit into x [1, 1, 4]"},
                              {"four strides", SG_ON(SG_RANDN(1, 1, 4)),
                               SG_WITH(sg_max_pool_options, .kernel_size = {1, {2}}, .stride = {4, {1, 1, 1, 1}},
                                       .padding = {1, {0}}, .dilation = {1, {1}}),
                               .error = "stride has 4 values, expected one"}),
};

sg_tensor *sg_max_pool1d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options) {
  return sg_max_pool_with_indices(context, 1, x, options, NULL);
}
