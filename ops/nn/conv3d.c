// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/convolution.h"
#include "ops/ops.h"

const sg_op op_conv3d = {
    SG_CONVOLUTION(conv3d, "Three", 3, SG_VOLUME),
    .formula = "y[n,o,r,p,q] = bias[o] + sum over c,h,i,j of weight[o,c,h,i,j] * x[n, c, r*stride - padding + "
               "h*dilation, p*stride - padding + i*dilation, q*stride - padding + j*dilation]",
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6, 7, 8), SG_DIMS(1, 1, 2, 2, 2)),
               SG_VALUES(SG_NUMBERS(1, 0, 0, -1), SG_DIMS(1, 1, 2, 2, 1)), SG_VECTOR(0.5)),
         SG_GIVES(-5.5, -5.5)},
        {"same extents", SG_ON(SG_RANDN(2, 2, 2, 3, 3), SG_RANDN(3, 2, 3, 3, 3), SG_RANDN(3)), SG_CONV(1, 1, 1, 1)},
        {"strided", SG_ON(SG_RANDN(1, 2, 3, 4, 5), SG_RANDN(2, 2, 3, 3, 3), SG_RANDN(2)), SG_CONV(2, 1, 1, 1)},
        {"another number for each direction", SG_ON(SG_RANDN(1, 2, 4, 3, 5), SG_RANDN(2, 2, 2, 1, 3)),
         SG_WITH(sg_conv_options, .stride = {3, {3, 1, 2}}, .padding = {3, {1, 2, 0}}, .dilation = {3, {1, 2, 2}},
                 .groups = 1)},
        {"dilated", SG_ON(SG_RANDN(1, 1, 3, 3, 2), SG_RANDN(1, 1, 3, 2, 2)), SG_CONV(1, 2, 2, 1)},
        {"groups", SG_ON(SG_RANDN(2, 4, 2, 2, 2), SG_RANDN(4, 2, 2, 2, 2), SG_RANDN(4)), SG_CONV(1, 1, 1, 2)},
        {"a filter for each channel", SG_ON(SG_RANDN(2, 3, 2, 3, 2), SG_RANDN(3, 1, 2, 2, 2), SG_RANDN(3)),
         SG_CONV(1, 0, 1, 3)},
        {"padding same", SG_ON(SG_RANDN(1, 2, 3, 2, 4), SG_RANDN(2, 2, 2, 1, 4)), SG_CONV_SAME(1, 1)},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1, 1, 1), SG_RANDN(2, 2, 3, 3, 3)), SG_CONV(1, 1, 1, 1)},
        {"no images", SG_ON(SG_RANDN(0, 1, 3, 3, 3), SG_RANDN(2, 1, 2, 2, 2), SG_RANDN(2))}),
    .bad_samples = SG_SAMPLES({"rank of x", SG_ON(SG_RANDN(2, 3, 3, 3), SG_RANDN(2, 2, 3, 3, 3)),
                               .error = "conv3d: x has shape [2, 3, 3, 3], expected (N, C, D, H, W)"},
                              {"four strides", SG_ON(SG_RANDN(1, 1, 3, 3, 3), SG_RANDN(1, 1, 2, 2, 2)),
                               SG_WITH(sg_conv_options, .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}},
                                       .dilation = {1, {1}}, .groups = 1),
                               .error = "stride has 4 values, expected one or three"}),
};

sg_tensor *sg_conv3d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv3d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
