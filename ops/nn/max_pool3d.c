// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/pool.h"
#include "ops/ops.h"

const sg_op op_max_pool3d = {
    SG_MAX_POOL(max_pool3d, "a volume", 3, SG_VOLUME),
    .formula = "y[n,c,r,p,q] = max over h,i,j of x[n, c, r*stride - padding + h*dilation, p*stride - padding + "
               "i*dilation, q*stride - padding + j*dilation]",
    .samples =
        SG_SAMPLES({"worked by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 8, 6, 7, 5), SG_DIMS(1, 1, 2, 2, 2))),
                    SG_POOL(2, 2, 0, 1, false), SG_GIVES(8)},
                   {"pairs and a rest", SG_ON(SG_POOL_INPUT(1, 2, 3, 3, 2)), SG_POOL(2, 2, 0, 1, false)},
                   {"overlapping, padded", SG_ON(SG_POOL_INPUT(1, 2, 3, 4, 3)), SG_POOL(3, 2, 1, 1, false)},
                   {"another number for each direction", SG_ON(SG_POOL_INPUT(1, 2, 3, 4, 5)),
                    SG_WITH(sg_max_pool_options, .kernel_size = {3, {2, 1, 2}}, .stride = {3, {1, 2, 3}},
                            .padding = {3, {1, 0, 0}}, .dilation = {3, {1, 2, 3}})},
                   {"rounded up", SG_ON(SG_POOL_INPUT(1, 2, 3, 2, 3)), SG_POOL(2, 2, 0, 1, true)},
                   {"one image", SG_ON(SG_POOL_INPUT(2, 3, 4, 5)), SG_POOL(3, 2, 1, 1, true)},
                   {"no images", SG_ON(SG_POOL_INPUT(0, 2, 4, 4, 4)), SG_POOL(2, 2, 0, 1, false)}),
    .bad_samples =
        SG_SAMPLES({"rank", SG_ON(SG_RANDN(4, 4, 4)), SG_POOL(2, 2, 0, 1, false),
                    .error = "max_pool3d: x has shape [4, 4, 4], expected (N, C, D, H, W) or (C, D, H, W)"},
                   {"kernel too large", SG_ON(SG_RANDN(1, 1, 4, 4, 4)), SG_POOL(5, 5, 0, 1, false),
                    .error = "does not fit into x [1, 1, 4, 4, 4]"},
                   {"four strides", SG_ON(SG_RANDN(1, 1, 4, 4, 4)),
                    SG_WITH(sg_max_pool_options, .kernel_size = {1, {2}}, .stride = {4, {1, 1, 1, 1}},
                            .padding = {1, {0}}, .dilation = {1, {1}}),
                    .error = "stride has 4 values, expected one or three"}),
};

sg_tensor *sg_max_pool3d(sg_context *context, sg_tensor *x, const sg_max_pool_options *options) {
  return sg_max_pool_with_indices(context, 3, x, options, NULL);
}
