// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = bias + K(weight)' x, the adjoint in x of the convolution K(weight)
//
// so that <y - bias, u> = <x, conv2d(u, weight)> for every u.
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define OPTIONS(stride, padding, dilation, groups, more)                                                           \
  .options = &(const sg_conv_transpose_options) {                                                                  \
    SG_CONV(stride, padding, dilation, groups), {                                                                  \
      1, { more }                                                                                                  \
    }                                                                                                              \
  }

const sg_op op_conv_transpose2d = {
    .name = "conv_transpose2d",
    .summary = "Two-dimensional transposed convolution: the adjoint of conv2d in x, and the gradient of its x.",
    .formula = "y[n, o, p*stride - padding + i*dilation, q*stride - padding + j*dilation] = bias[o] + sum of "
               "weight[c,o,i,j] * x[n,c,p,q]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, chapter 4",
    .family = &sg_transposed_family,
    .member = &(const sg_convolution_member){2, CONVOLUTION_X},
    .inputs =
        SG_PORTS({"x", 0, "(N, C, H, W)"}, {"weight", 0, "(C, O / groups, kh, kw)"}, {"bias", SG_OPTIONAL, "(O)"}),
    .outputs = SG_PORTS(
        {"y", 0, "(N, O, H', W'), H' = (H - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1"}),
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(2), SG_DIMS(1, 1, 1, 1)),
               SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 1, 2, 2)), SG_VECTOR(0.5)),
         SG_GIVES(2.5, 4.5, 6.5, 8.5)},
        {"same extents", SG_ON(SG_RANDN(2, 3, 4, 3), SG_RANDN(3, 2, 3, 3), SG_RANDN(2)), OPTIONS(1, 1, 1, 1, 0)},
        {"strided", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3), SG_RANDN(2)), OPTIONS(2, 1, 1, 1, 1)},
        {"another number for each direction", SG_ON(SG_RANDN(1, 2, 3, 2), SG_RANDN(2, 2, 2, 3)),
         SG_WITH(sg_conv_transpose_options,
                 {.stride = {2, {1, 3}}, .padding = {2, {1, 0}}, .dilation = {2, {2, 1}}, .groups = 1},
                 {2, {0, 1}})},
        {"groups, dilation", SG_ON(SG_RANDN(1, 4, 3, 3), SG_RANDN(4, 1, 2, 2), SG_RANDN(2)),
         OPTIONS(1, 1, 2, 2, 0)},
        {"output padding beyond the stride", SG_ON(SG_RANDN(1, 2, 3, 2), SG_RANDN(2, 2, 2, 2), SG_RANDN(2)),
         OPTIONS(1, 1, 3, 1, 2)},
        {"a filter for each channel", SG_ON(SG_RANDN(2, 3, 2, 3), SG_RANDN(3, 1, 2, 2)), OPTIONS(2, 0, 1, 3, 0)},
        {"kernel of one", SG_ON(SG_RANDN(2, 3, 2, 3), SG_RANDN(3, 2, 1, 1), SG_RANDN(2))},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1, 1), SG_RANDN(2, 2, 3, 3), SG_RANDN(2)), OPTIONS(1, 1, 1, 1, 0)},
        {"no images", SG_ON(SG_RANDN(0, 3, 4, 3), SG_RANDN(3, 2, 3, 3)), OPTIONS(1, 1, 1, 1, 0)}),
    .bad_samples =
        SG_SAMPLES({"rank of x", SG_ON(SG_RANDN(2, 3, 3), SG_RANDN(2, 2, 3, 3)),
                    .error = "conv_transpose2d: x has shape [2, 3, 3], expected (N, C, H, W)"},
                   {"channels", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(3, 2, 3, 3)),
                    .error = "weight has shape [3, 2, 3, 3], expected (C, O / groups, kh, kw) for x [1, 2, 3, 3]"},
                   {"groups", SG_ON(SG_RANDN(1, 3, 3, 3), SG_RANDN(3, 2, 3, 3)), OPTIONS(1, 0, 1, 2, 0),
                    .error = "its 3 channels do not divide into 2 groups"},
                   {"bias", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3), SG_RANDN(3)), OPTIONS(1, 0, 1, 2, 0),
                    .error = "bias has shape [3], expected [4]"},
                   {"output padding too large", SG_ON(SG_RANDN(1, 2, 3, 3), SG_RANDN(2, 2, 3, 3)),
                    OPTIONS(2, 0, 1, 1, 2), .error = "must be smaller than stride"},
                   {"more padding than pixels", SG_ON(SG_RANDN(1, 2, 1, 1), SG_RANDN(2, 2, 1, 1)),
                    OPTIONS(1, 2, 1, 1, 0), .error = "the result would have the extents (-3, -3)"},
                   {"no pixels", SG_ON(SG_RANDN(1, 2, 0, 0), SG_RANDN(2, 2, 1, 1)), .error = "it has no pixels"}),
};

sg_tensor *sg_conv_transpose2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options) {
  return sg_apply_one(context, &op_conv_transpose2d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
