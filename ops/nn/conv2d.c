// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/convolution.h"
#include "ops/ops.h"

const sg_op op_conv2d = {
    SG_CONVOLUTION(conv2d, "Two", 2, SG_IMAGE),
    .formula = "y[n,o,p,q] = bias[o] + sum over c,i,j of weight[o,c,i,j] * x[n, c, p*stride - padding + "
               "i*dilation, q*stride - padding + j*dilation]",
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6, 7, 8, 9), SG_DIMS(1, 1, 3, 3)),
               SG_VALUES(SG_NUMBERS(1, 0, 0, -1), SG_DIMS(1, 1, 2, 2)), SG_VECTOR(0.5)),
         SG_GIVES(-3.5, -3.5, -3.5, -3.5)},
        {"same extents", SG_ON(SG_RANDN(2, 2, 4, 5), SG_RANDN(3, 2, 3, 3), SG_RANDN(3)), SG_CONV(1, 1, 1, 1)},
        {"strided", SG_ON(SG_RANDN(2, 2, 5, 6), SG_RANDN(2, 2, 3, 3), SG_RANDN(2)), SG_CONV(2, 1, 1, 1)},
        {"another number for each direction", SG_ON(SG_RANDN(1, 2, 4, 7), SG_RANDN(2, 2, 2, 3)),
         SG_WITH(sg_conv_options, .stride = {2, {1, 2}}, .padding = {2, {2, 0}}, .dilation = {2, {2, 1}},
                 .groups = 1)},
        {"dilated", SG_ON(SG_RANDN(1, 1, 4, 4), SG_RANDN(2, 1, 3, 3)), SG_CONV(1, 2, 2, 1)},
        {"long lines", SG_ON(SG_RANDN(1, 2, 3, 18), SG_RANDN(3, 2, 2, 3), SG_RANDN(3)), SG_CONV(1, 1, 1, 1)},
        {"groups", SG_ON(SG_RANDN(2, 4, 3, 3), SG_RANDN(4, 2, 3, 3), SG_RANDN(4)), SG_CONV(1, 1, 1, 2)},
        {"a filter for each channel", SG_ON(SG_RANDN(2, 3, 3, 4), SG_RANDN(3, 1, 2, 2), SG_RANDN(3)),
         SG_CONV(1, 0, 1, 3)},
        {"kernel of one", SG_ON(SG_RANDN(2, 3, 2, 3), SG_RANDN(2, 3, 1, 1), SG_RANDN(2))},
        {"kernel of one, strided", SG_ON(SG_RANDN(1, 2, 4, 3), SG_RANDN(2, 2, 1, 1)), SG_CONV(2, 0, 1, 1)},
        {"one position", SG_ON(SG_RANDN(2, 2, 2, 2), SG_RANDN(3, 2, 2, 2), SG_RANDN(3))},
        {"padding same", SG_ON(SG_RANDN(2, 2, 4, 5), SG_RANDN(2, 1, 3, 2), SG_RANDN(2)), SG_CONV_SAME(1, 2)},
        {"padding same, dilated", SG_ON(SG_RANDN(1, 2, 3, 2), SG_RANDN(2, 2, 2, 2)), SG_CONV_SAME(3, 1)},
        {"padding same of long lines", SG_ON(SG_RANDN(1, 2, 3, 18), SG_RANDN(3, 2, 2, 2)), SG_CONV_SAME(1, 1)},
        {"padding valid", SG_ON(SG_RANDN(1, 2, 4, 5), SG_RANDN(2, 2, 3, 2)), SG_CONV_VALID(2)},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1, 1), SG_RANDN(2, 2, 3, 3)), SG_CONV(1, 1, 1, 1)},
        {"no images", SG_ON(SG_RANDN(0, 1, 3, 3), SG_RANDN(2, 1, 2, 2), SG_RANDN(2))},
        {"no channels", SG_ON(SG_RANDN(1, 0, 3, 3), SG_RANDN(2, 0, 2, 2), SG_RANDN(2))}),
    .bad_samples = SG_SAMPLES(
        {"rank of x", SG_ON(SG_RANDN(2, 3, 3), SG_RANDN(2, 2, 3, 3)),
         .error = "conv2d: x has shape [2, 3, 3], expected (N, C, H, W)"},
        {"rank of weight", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3, 3)),
         .error = "weight has shape [2, 2, 3, 3, 3], expected (O, C / groups, kh, kw)"},
        {"channels", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 3, 3, 3)),
         .error = "2 channels in 1 groups need (O, C / groups, kh, kw)"},
        {"groups", SG_ON(SG_RANDN(1, 4, 3, 3), SG_RANDN(3, 2, 3, 3)), SG_CONV(1, 1, 1, 2),
         .error = "its 3 filters do not divide into 2 groups"},
        {"kernel too large", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 4, 4)),
         .error = "does not fit into x [1, 2, 3, 3]"},
        {"empty kernel", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 0, 0)), .error = "its kernel is empty"},
        {"bias", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(4, 2, 3, 3), SG_RANDN(2)),
         .error = "bias has shape [2], expected [4]"},
        {"four strides", SG_ON(SG_RANDN(1, 1, 3, 3), SG_RANDN(1, 1, 2, 2)),
         SG_WITH(sg_conv_options, .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}}, .dilation = {1, {1}},
                 .groups = 1),
         .error = "stride has 4 values, expected one or two"}),
};

sg_tensor *sg_conv2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv2d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
