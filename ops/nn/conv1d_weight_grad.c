// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = B(x, g), the adjoint in weight of conv1d: <v, B(x, g)> = <conv1d(x, v), g> for every v
#include "ops/nn/convolution.h"
#include "ops/ops.h"

static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3}), SG_DIMS(1, 1, 3)),
                SG_VALUES(((const double[]){1, 2}), SG_DIMS(1, 1, 2))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 0, 1, 1), {1, {2}}},
     .expected = (const double[]){5, 8}},
    {.name = "same extents",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 5)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 5))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 1, 1, 1), {1, {3}}}},
    {.name = "strided",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 6)), SG_NORMAL(0, 1, SG_DIMS(1, 2, 3))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(2, 1, 1, 1), {1, {3}}}},
    {.name = "groups, dilation",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 5)), SG_NORMAL(0, 1, SG_DIMS(1, 4, 4))},
     .options =
         &(const sg_conv_weight_grad_options){
             {.stride = {1, {1}}, .padding = {1, {1}}, .dilation = {1, {3}}, .groups = 2}, {1, {2}}}},
    {.name = "fewer windows than x has room for",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 7)), SG_NORMAL(0, 1, SG_DIMS(1, 2, 4))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 1, 3, 1), {1, {2}}}},
    {.name = "one pixel",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 1)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 1))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 1, 1, 1), {1, {3}}}},
    {.name = "no images",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 2, 5)), SG_NORMAL(0, 1, SG_DIMS(0, 3, 5))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 1, 1, 1), {1, {3}}}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "shape of g",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 0, 1, 1), {1, {2}}},
     .error = "g has shape [1, 1, 2], expected [1, 1, 1]"},
    {.name = "rank of g",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2)), SG_NORMAL(0, 1, SG_DIMS(2, 2))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 0, 1, 1), {1, {2}}},
     .error = "expected (N, O, L')"},
    {.name = "images",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2)), SG_NORMAL(0, 1, SG_DIMS(2, 1, 1))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 0, 1, 1), {1, {2}}},
     .error = "g has shape [2, 1, 1], x has shape [1, 1, 2]: expected as many images"},
    {.name = "groups",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 3, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 2, 1))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 0, 1, 2), {1, {2}}},
     .error = "3 channels in 2 groups"},
    {.name = "empty kernel",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2))},
     .options = &(const sg_conv_weight_grad_options){SG_CONV(1, 0, 1, 1), {1, {0}}},
     .error = "kernel_size"},
    {0},
};

const sg_op op_conv1d_weight_grad = {
    .name = "conv1d_weight_grad",
    .summary = "The adjoint of conv1d in weight: the gradient of conv1d's weight for a cotangent g.",
    .formula = "y[o,c,i] = sum over n,p of g[n,o,p] * x[n, c, p*stride - padding + i*dilation]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .family = &sg_weight_grad_family,
    .member = &(const sg_convolution_member){1, CONVOLUTION_WEIGHT},
    .inputs = SG_PORTS({"x", 0, "(N, C, L)"}, {"g", 0, "(N, O, L')"}),
    .outputs = SG_PORTS({"y", 0, "(O, C / groups, k)"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv1d_weight_grad(sg_context *context, sg_tensor *x, sg_tensor *g,
                                 const sg_conv_weight_grad_options *options) {
  return sg_apply_one(context, &op_conv1d_weight_grad, 2, (sg_tensor *[]){x, g}, options);
}
