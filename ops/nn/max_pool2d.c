// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_max_pool2d = {
    SG_MAX_POOL(max_pool2d, "an image", 2, SG_IMAGE),
    .formula =
        "y[n,c,p,q] = max over i,j of x[n, c, p*stride - padding + i*dilation, q*stride - padding + j*dilation]",
    .samples =
        SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 5, 6, 3, 4, 8, 7), SG_DIMS(1, 1, 2, 4))),
                    SG_POOL(2, 2, 0, 1, false), SG_GIVES(4, 8)},
                   {"pairs", SG_ON(SG_POOL_INPUT(2, 2, 4, 6)), SG_POOL(2, 2, 0, 1, false)},
                   {"pairs and a rest", SG_ON(SG_POOL_INPUT(1, 2, 5, 3)), SG_POOL(2, 2, 0, 1, false)},
                   {"overlapping, padded", SG_ON(SG_POOL_INPUT(1, 2, 5, 6)), SG_POOL(3, 2, 1, 1, false)},
                   {"another number for each direction", SG_ON(SG_POOL_INPUT(1, 2, 5, 7)),
                    SG_WITH(sg_max_pool_options, .kernel_size = {2, {2, 3}}, .stride = {2, {2, 1}},
                            .padding = {2, {1, 0}}, .dilation = {2, {1, 2}})},
                   {"rounded up", SG_ON(SG_POOL_INPUT(1, 2, 5, 3)), SG_POOL(2, 2, 0, 1, true)},
                   {"one image", SG_ON(SG_POOL_INPUT(2, 5, 4)), SG_POOL(3, 2, 1, 1, true)},
                   {"no images", SG_ON(SG_POOL_INPUT(0, 2, 4, 4)), SG_POOL(2, 2, 0, 1, false)}),
    .bad_samples = SG_SAMPLES({"rank", SG_ON(SG_RANDN(4, 4)), SG_POOL(2, 2, 0, 1, false),
                               .error = "max_pool2d: x has shape [4, 4], expected (N, C, H, W) or (C, H, W)"},
                              {"kernel too large", SG_ON(SG_RANDN(1, 1, 4, 4)), SG_POOL(5, 5, 0, 1, false),
                               .error = "does not fit into x [1, 1, 4, 4]"},
                              {"padding", SG_ON(SG_RANDN(1, 1, 4, 4)), SG_POOL(2, 2, 2, 1, false),
                               .error = "padding (2, 2) is more than half of kernel_size (2, 2)"},
                              {"four strides", SG_ON(SG_RANDN(1, 1, 4, 4)),
                               SG_WITH(sg_max_pool_options, .kernel_size = {1, {2}}, .stride = {4, {1, 1, 1, 1}},
                                       .padding = {1, {0}}, .dilation = {1, {1}}),
                               .error = "stride has 4 values, expected one or two"}),
};

sg_tensor *sg_max_pool2d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options) {
  return sg_max_pool_with_indices(context, 2, x, options, NULL);
}
