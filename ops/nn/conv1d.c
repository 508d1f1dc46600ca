// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/convolution.h"
#include "ops/ops.h"

const sg_op op_conv1d = {
    SG_CONVOLUTION(conv1d, "One", 1, SG_LINE),
    .formula = "y[n,o,p] = bias[o] + sum over c,i of weight[o,c,i] * x[n, c, p*stride - padding + i*dilation]",
    .samples =
        SG_SAMPLES({"worked by hand",
                    SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 1, 4)),
                          SG_VALUES(SG_NUMBERS(1, -1), SG_DIMS(1, 1, 2)), SG_VECTOR(0.5)),
                    SG_GIVES(-0.5, -0.5, -0.5)},
                   {"same extents", SG_ON(SG_RANDN(2, 2, 6), SG_RANDN(3, 2, 3), SG_RANDN(3)), SG_CONV(1, 1, 1, 1)},
                   {"strided", SG_ON(SG_RANDN(2, 2, 7), SG_RANDN(2, 2, 3), SG_RANDN(2)), SG_CONV(2, 1, 1, 1)},
                   {"dilated", SG_ON(SG_RANDN(1, 1, 5), SG_RANDN(2, 1, 3)), SG_CONV(1, 2, 2, 1)},
                   {"groups", SG_ON(SG_RANDN(2, 4, 4), SG_RANDN(4, 2, 3), SG_RANDN(4)), SG_CONV(1, 1, 1, 2)},
                   {"a filter for each channel", SG_ON(SG_RANDN(2, 3, 5), SG_RANDN(3, 1, 2), SG_RANDN(3)),
                    SG_CONV(1, 0, 1, 3)},
                   {"padding same", SG_ON(SG_RANDN(2, 2, 6), SG_RANDN(3, 2, 4), SG_RANDN(3)), SG_CONV_SAME(1, 1)},
                   {"padding same of long lines", SG_ON(SG_RANDN(1, 1, 40), SG_RANDN(2, 1, 2)), SG_CONV_SAME(1, 1)},
                   {"one pixel", SG_ON(SG_RANDN(2, 2, 1), SG_RANDN(2, 2, 3)), SG_CONV(1, 1, 1, 1)},
                   {"no images", SG_ON(SG_RANDN(0, 1, 3), SG_RANDN(2, 1, 2), SG_RANDN(2))}),
    .bad_samples = SG_SAMPLES({"rank of x", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 2, 3)),
                               .error = "conv1d: x has shape [2, 3], expected (N, C, L)"},
                              {"padding same, strided", SG_ON(SG_RANDN(1, 1, 3), SG_RANDN(1, 1, 2)),
                               SG_WITH(sg_conv_options, {1, {2}}, SG_WORD(SG_PADDING_SAME), {1, {1}}, 1),
                               .error = "padding is \"same\" and stride (2), expected a stride of 1"},
                              {"four strides", SG_ON(SG_RANDN(1, 1, 3), SG_RANDN(1, 1, 2)),
                               SG_WITH(sg_conv_options, .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}},
                                       .dilation = {1, {1}}, .groups = 1),
                               .error = "stride has 4 values, expected one"}),
};

sg_tensor *sg_conv1d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv1d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
