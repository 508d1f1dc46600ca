// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = bias + K(weight)' x, the adjoint in x of the convolution K(weight)
//
// so that <y - bias, u> = <x, conv2d(u, weight)> for every u.
#include "ops/nn/convolution.h"
#include "ops/ops.h"

const sg_op op_conv_transpose2d = {
    SG_TRANSPOSED(conv_transpose2d, "conv2d", "Two", 2, SG_IMAGE),
    .formula = "y[n, o, p*stride - padding + i*dilation, q*stride - padding + j*dilation] = bias[o] + sum of "
               "weight[c,o,i,j] * x[n,c,p,q]",
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(2), SG_DIMS(1, 1, 1, 1)),
               SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 1, 2, 2)), SG_VECTOR(0.5)),
         SG_GIVES(2.5, 4.5, 6.5, 8.5)},
        {"same extents", SG_ON(SG_RANDN(2, 3, 4, 3), SG_RANDN(3, 2, 3, 3), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 1, 1, 0)},
        {"strided", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(2, 1, 1, 1, 1)},
        {"another number for each direction", SG_ON(SG_RANDN(1, 2, 3, 2), SG_RANDN(2, 2, 2, 3)),
         SG_WITH(sg_conv_transpose_options,
                 {.stride = {2, {1, 3}}, .padding = {2, {1, 0}}, .dilation = {2, {2, 1}}, .groups = 1},
                 {2, {0, 1}})},
        {"a tap, output padding", SG_ON(SG_RANDN(1, 4, 2, 3), SG_RANDN(4, 1, 1, 1), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 0, 2, 2, 1)},
        {"groups, dilation", SG_ON(SG_RANDN(1, 4, 3, 3), SG_RANDN(4, 1, 2, 2), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 2, 2, 0)},
        {"output padding beyond the stride", SG_ON(SG_RANDN(1, 2, 3, 2), SG_RANDN(2, 2, 2, 2), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 3, 1, 2)},
        {"a filter for each channel", SG_ON(SG_RANDN(2, 3, 2, 3), SG_RANDN(3, 1, 2, 2)),
         SG_CONV_TRANSPOSE(2, 0, 1, 3, 0)},
        {"padding same", SG_ON(SG_RANDN(2, 3, 4, 3), SG_RANDN(3, 2, 2, 3), SG_RANDN(2)),
         SG_WITH(sg_conv_transpose_options, {{1, {1}}, SG_WORD(SG_PADDING_SAME), {1, {1}}, 1}, {1, {0}})},
        {"kernel of one", SG_ON(SG_RANDN(2, 3, 2, 3), SG_RANDN(3, 2, 1, 1), SG_RANDN(2))},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1, 1), SG_RANDN(2, 2, 3, 3), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 1, 1, 0)},
        {"no images", SG_ON(SG_RANDN(0, 3, 4, 3), SG_RANDN(3, 2, 3, 3)), SG_CONV_TRANSPOSE(1, 1, 1, 1, 0)}),
    .bad_samples =
        SG_SAMPLES({"rank of x", SG_ON(SG_RANDN(2, 3, 3), SG_RANDN(2, 2, 3, 3)),
                    .error = "conv_transpose2d: x has shape [2, 3, 3], expected (N, C, H, W)"},
                   {"channels", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(3, 2, 3, 3)),
                    .error = "weight has shape [3, 2, 3, 3], expected (C, O / groups, kh, kw) for x [1, 2, 3, 3]"},
                   {"groups", SG_ON(SG_RANDN(1, 3, 3, 3), SG_RANDN(3, 2, 3, 3)), SG_CONV_TRANSPOSE(1, 0, 1, 2, 0),
                    .error = "its 3 channels do not divide into 2 groups"},
                   {"bias", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3), SG_RANDN(3)),
                    SG_CONV_TRANSPOSE(1, 0, 1, 2, 0), .error = "bias has shape [3], expected [4]"},
                   {"output padding too large", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3)),
                    SG_CONV_TRANSPOSE(2, 0, 1, 1, 2), .error = "must be smaller than stride"},
                   {"more padding than pixels", SG_ON(SG_RANDN(1, 2, 1, 1), SG_RANDN(2, 2, 1, 1)),
                    SG_CONV_TRANSPOSE(1, 2, 1, 1, 0), .error = "the result would have the extents (-3, -3)"},
                   {"padding same and more", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 2, 2)),
                    SG_WITH(sg_conv_transpose_options, {{1, {1}}, SG_WORD(SG_PADDING_SAME), {1, {2}}, 1}, {1, {1}}),
                    .error = "padding is \"same\" and output_padding (1, 1), expected 0"},
                   {"no pixels", SG_ON(SG_RANDN(1, 2, 0, 0), SG_RANDN(2, 2, 1, 1)), .error = "it has no pixels"}),
};

sg_tensor *sg_conv_transpose2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options) {
  return sg_apply_one(context, &op_conv_transpose2d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
