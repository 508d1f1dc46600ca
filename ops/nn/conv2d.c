// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define OPTIONS(...) .options = &(const sg_conv_options)SG_CONV(__VA_ARGS__)

const sg_op op_conv2d = {
    .name = "conv2d",
    .summary = "Two-dimensional convolution (cross-correlation) with stride, padding, dilation and groups.",
    .formula = "y[n,o,p,q] = bias[o] + sum over c,i,j of weight[o,c,i,j] * x[n, c, p*stride - padding + "
               "i*dilation, q*stride - padding + j*dilation]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .family = &sg_convolution_family,
    .member = &(const sg_convolution_member){2, CONVOLUTION_Y},
    .inputs =
        SG_PORTS({"x", 0, "(N, C, H, W)"}, {"weight", 0, "(O, C / groups, kh, kw)"}, {"bias", SG_OPTIONAL, "(O)"}),
    .outputs =
        SG_PORTS({"y", 0, "(N, O, H', W'), H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1"}),
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4, 5, 6, 7, 8, 9), SG_DIMS(1, 1, 3, 3)),
               SG_VALUES(SG_NUMBERS(1, 0, 0, -1), SG_DIMS(1, 1, 2, 2)), SG_VECTOR(0.5)),
         SG_GIVES(-3.5, -3.5, -3.5, -3.5)},
        {"same extents", SG_ON(SG_RANDN(2, 2, 4, 5), SG_RANDN(3, 2, 3, 3), SG_RANDN(3)), OPTIONS(1, 1, 1, 1)},
        {"strided", SG_ON(SG_RANDN(2, 2, 5, 6), SG_RANDN(2, 2, 3, 3), SG_RANDN(2)), OPTIONS(2, 1, 1, 1)},
        {"another number for each direction", SG_ON(SG_RANDN(1, 2, 4, 7), SG_RANDN(2, 2, 2, 3)),
         SG_WITH(sg_conv_options, .stride = {2, {1, 2}}, .padding = {2, {2, 0}}, .dilation = {2, {2, 1}},
                 .groups = 1)},
        {"dilated", SG_ON(SG_RANDN(1, 1, 4, 4), SG_RANDN(2, 1, 3, 3)), OPTIONS(1, 2, 2, 1)},
        {"groups", SG_ON(SG_RANDN(2, 4, 3, 3), SG_RANDN(4, 2, 3, 3), SG_RANDN(4)), OPTIONS(1, 1, 1, 2)},
        {"a filter for each channel", SG_ON(SG_RANDN(2, 3, 3, 4), SG_RANDN(3, 1, 2, 2), SG_RANDN(3)),
         OPTIONS(1, 0, 1, 3)},
        {"kernel of one", SG_ON(SG_RANDN(2, 3, 2, 3), SG_RANDN(2, 3, 1, 1), SG_RANDN(2))},
        {"kernel of one, strided", SG_ON(SG_RANDN(1, 2, 4, 3), SG_RANDN(2, 2, 1, 1)), OPTIONS(2, 0, 1, 1)},
        {"one position", SG_ON(SG_RANDN(2, 2, 2, 2), SG_RANDN(3, 2, 2, 2), SG_RANDN(3))},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1, 1), SG_RANDN(2, 2, 3, 3)), OPTIONS(1, 1, 1, 1)},
        {"no images", SG_ON(SG_RANDN(0, 1, 3, 3), SG_RANDN(2, 1, 2, 2), SG_RANDN(2))},
        {"no channels", SG_ON(SG_RANDN(1, 0, 3, 3), SG_RANDN(2, 0, 2, 2), SG_RANDN(2))}),
    .bad_samples = SG_SAMPLES(
        {"rank of x", SG_ON(SG_RANDN(2, 3, 3), SG_RANDN(2, 2, 3, 3)),
         .error = "conv2d: x has shape [2, 3, 3], expected (N, C, H, W)"},
        {"rank of weight", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3, 3)),
         .error = "weight has shape [2, 2, 3, 3, 3], expected (O, C / groups, kh, kw)"},
        {"channels", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 3, 3, 3)),
         .error = "2 channels in 1 groups need (O, C / groups, kh, kw)"},
        {"groups", SG_ON(SG_RANDN(1, 4, 3, 3), SG_RANDN(3, 2, 3, 3)), OPTIONS(1, 1, 1, 2),
         .error = "its 3 filters do not divide into 2 groups"},
        {"kernel too large", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 4, 4)),
         .error = "does not fit into x [1, 2, 3, 3]"},
        {"empty kernel", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 0, 0)), .error = "its kernel is empty"},
        {"bias", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(4, 2, 3, 3), SG_RANDN(2)),
         .error = "bias has shape [2], expected [4]"},
        {"four strides", SG_ON(SG_RANDN(1, 1, 3, 3), SG_RANDN(1, 1, 2, 2)),
         SG_WITH(sg_conv_options, .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}}, .dilation = {1, {1}},
                 .groups = 1),
         .error = "stride has 4 values, expected one or two"},
        {"stride of zero", SG_ON(SG_RANDN(1, 1, 3, 3), SG_RANDN(1, 1, 2, 2)), OPTIONS(0, 0, 1, 1),
         .error = "stride"}),
};

sg_tensor *sg_conv2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv2d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
