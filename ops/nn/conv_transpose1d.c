// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = bias + K(weight)' x, the adjoint in x of the convolution K(weight)
//
// so that <y - bias, u> = <x, conv1d(u, weight)> for every u.
#include "ops/nn/convolution.h"
#include "ops/ops.h"

const sg_op op_conv_transpose1d = {
    SG_TRANSPOSED(conv_transpose1d, "conv1d", "One", 1, SG_LINE),
    .formula = "y[n, o, p*stride - padding + i*dilation] = bias[o] + sum of weight[c,o,i] * x[n,c,p]",
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(1, 1, 2)), SG_VALUES(SG_NUMBERS(1, 2, 3), SG_DIMS(1, 1, 3)),
               SG_VECTOR(0.5)),
         SG_GIVES(1.5, 4.5, 7.5, 6.5)},
        {"same extents", SG_ON(SG_RANDN(2, 3, 5), SG_RANDN(3, 2, 3), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 1, 1, 0)},
        {"strided", SG_ON(SG_RANDN(1, 2, 4), SG_RANDN(2, 2, 3), SG_RANDN(2)), SG_CONV_TRANSPOSE(2, 1, 1, 1, 1)},
        {"a tap, output padding", SG_ON(SG_RANDN(2, 4, 3), SG_RANDN(4, 2, 1), SG_RANDN(4)),
         SG_CONV_TRANSPOSE(1, 0, 2, 2, 1)},
        {"groups, dilation", SG_ON(SG_RANDN(1, 4, 4), SG_RANDN(4, 1, 2), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 2, 2, 0)},
        {"output padding beyond the stride", SG_ON(SG_RANDN(1, 2, 4), SG_RANDN(2, 2, 2), SG_RANDN(2)),
         SG_CONV_TRANSPOSE(1, 1, 3, 1, 2)},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1), SG_RANDN(2, 2, 3), SG_RANDN(2)), SG_CONV_TRANSPOSE(1, 1, 1, 1, 0)},
        {"no images", SG_ON(SG_RANDN(0, 3, 4), SG_RANDN(3, 2, 3)), SG_CONV_TRANSPOSE(1, 1, 1, 1, 0)}),
    .bad_samples = SG_SAMPLES({"rank of x", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 2, 3)),
                               .error = "conv_transpose1d: x has shape [2, 3], expected (N, C, L)"},
                              {"output padding too large", SG_ON(SG_RANDN(1, 2, 3), SG_RANDN(2, 2, 3)),
                               SG_CONV_TRANSPOSE(2, 0, 1, 1, 2), .error = "must be smaller than stride"}),
};

sg_tensor *sg_conv_transpose1d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options) {
  return sg_apply_one(context, &op_conv_transpose1d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
