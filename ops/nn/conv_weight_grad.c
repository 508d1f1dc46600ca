// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = B(x, g), the adjoint in weight of a convolution K: <v, B(x, g)> = <K(v) x, g> for every v
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define OPTIONS(stride, padding, dilation, groups, kernel)                                                         \
  SG_WITH(sg_conv_weight_grad_options, {SG_CONV_NUMBERS(stride, padding, dilation, groups)}, {1, {kernel}})

const sg_op op_conv_weight_grad = {
    SG_MEMBER(conv_weight_grad, sg_weight_grad_family, sg_convolution_member, 0, CONVOLUTION_WEIGHT),
    SG_WORDS("The adjoint of a convolution in weight: the gradient of its weight for a cotangent g.",
             "y[o,c,i,...] = sum over n,p,... of g[n,o,p,...] * x[n, c, p*stride - padding + i*dilation, ...]",
             "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016"),
    .inputs = SG_PORTS({"x", 0, "(N, C, ...), with one, two or three spatial dimensions"},
                       {"g", 0, "(N, O, ...), as the convolution of x has it"}),
    .outputs = SG_PORTS({"y", 0, "(O, C / groups, ...)"}),
    .samples = SG_SAMPLES(
        {"worked by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(1, 1, 2, 2)),
               SG_VALUES(SG_NUMBERS(2), SG_DIMS(1, 1, 1, 1))),
         OPTIONS(1, 0, 1, 1, 2), SG_GIVES(2, 4, 6, 8)},
        {"lines", SG_ON(SG_RANDN(2, 2, 5), SG_RANDN(2, 3, 5)), OPTIONS(1, 1, 1, 1, 3)},
        {"images", SG_ON(SG_RANDN(2, 2, 4, 3), SG_RANDN(2, 3, 4, 3)), OPTIONS(1, 1, 1, 1, 3)},
        {"volumes", SG_ON(SG_RANDN(2, 2, 2, 3, 2), SG_RANDN(2, 3, 2, 3, 2)), OPTIONS(1, 1, 1, 1, 3)},
        {"strided lines", SG_ON(SG_RANDN(1, 2, 6), SG_RANDN(1, 2, 3)), OPTIONS(2, 1, 1, 1, 3)},
        {"strided", SG_ON(SG_RANDN(1, 2, 6, 5), SG_RANDN(1, 2, 3, 3)), OPTIONS(2, 1, 1, 1, 3)},
        {"strided volumes", SG_ON(SG_RANDN(1, 2, 4, 3, 2), SG_RANDN(1, 2, 2, 2, 1)), OPTIONS(2, 1, 1, 1, 3)},
        {"groups, dilation", SG_ON(SG_RANDN(1, 2, 5, 4), SG_RANDN(1, 4, 3, 3)),
         SG_WITH(sg_conv_weight_grad_options, {{2, {1, 2}}, {2, {0, 1}}, {2, {2, 1}}, 2}, {2, {2, 2}})},
        {"groups, dilation of volumes", SG_ON(SG_RANDN(1, 2, 3, 5, 4), SG_RANDN(1, 4, 2, 3, 3)),
         SG_WITH(sg_conv_weight_grad_options, {{3, {1, 1, 2}}, {3, {0, 0, 1}}, {3, {1, 2, 1}}, 2}, {3, {2, 2, 2}})},
        {"fewer windows than x has room for", SG_ON(SG_RANDN(1, 2, 6, 5), SG_RANDN(1, 2, 3, 2)),
         OPTIONS(1, 1, 3, 1, 2)},
        {"padding same", SG_ON(SG_RANDN(1, 2, 4, 3), SG_RANDN(1, 3, 4, 3)),
         SG_WITH(sg_conv_weight_grad_options, {{1, {1}}, SG_WORD(SG_PADDING_SAME), {1, {1}}, 1}, {2, {2, 3}})},
        {"one pixel", SG_ON(SG_RANDN(2, 2, 1, 1), SG_RANDN(2, 2, 1, 1)), OPTIONS(1, 1, 1, 1, 3)},
        {"no images", SG_ON(SG_RANDN(0, 2, 4, 3), SG_RANDN(0, 3, 4, 3)), OPTIONS(1, 1, 1, 1, 3)}),
    .bad_samples =
        SG_SAMPLES({"shape of g", SG_ON(SG_RANDN(1, 1, 2, 2), SG_RANDN(1, 1, 2, 2)), OPTIONS(1, 0, 1, 1, 2),
                    .error = "g has shape [1, 1, 2, 2], expected [1, 1, 1, 1]"},
                   {"rank of x", SG_ON(SG_RANDN(2, 2), SG_RANDN(2, 2)), OPTIONS(1, 0, 1, 1, 2),
                    .error = "x has shape [2, 2], expected (N, C, ...)"},
                   {"rank of g", SG_ON(SG_RANDN(1, 1, 2, 2), SG_RANDN(1, 2, 2)), OPTIONS(1, 0, 1, 1, 2),
                    .error = "g has shape [1, 2, 2], expected (N, O, ...)"},
                   {"images", SG_ON(SG_RANDN(1, 1, 2, 2), SG_RANDN(2, 1, 1, 1)), OPTIONS(1, 0, 1, 1, 2),
                    .error = "g has shape [2, 1, 1, 1], x has shape [1, 1, 2, 2]: expected as many images"},
                   {"groups", SG_ON(SG_RANDN(1, 3, 2, 2), SG_RANDN(1, 2, 1, 1)), OPTIONS(1, 0, 1, 2, 2),
                    .error = "3 channels in 2 groups"}),
};

sg_tensor *sg_conv_weight_grad(sg_context *context, sg_tensor *x, sg_tensor *g,
                               const sg_conv_weight_grad_options *options) {
  return sg_apply_one(context, &op_conv_weight_grad, 2, (sg_tensor *[]){x, g}, options);
}
