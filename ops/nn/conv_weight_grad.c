// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = B(x, g), the adjoint in weight of a convolution K: <v, B(x, g)> = <K(v) x, g> for every v
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define NORMAL(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__))
#define OPTIONS(stride, padding, dilation, groups, kernel)                                                         \
  .options = &(const sg_conv_weight_grad_options) {                                                                \
    SG_CONV(stride, padding, dilation, groups), {                                                                  \
      1, { kernel }                                                                                                \
    }                                                                                                              \
  }

static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3, 4}), SG_DIMS(1, 1, 2, 2)),
                SG_VALUES(((const double[]){2}), SG_DIMS(1, 1, 1, 1))},
     OPTIONS(1, 0, 1, 1, 2),
     .expected = (const double[]){2, 4, 6, 8}},
    {.name = "lines", .inputs = {NORMAL(2, 2, 5), NORMAL(2, 3, 5)}, OPTIONS(1, 1, 1, 1, 3)},
    {.name = "images", .inputs = {NORMAL(2, 2, 4, 3), NORMAL(2, 3, 4, 3)}, OPTIONS(1, 1, 1, 1, 3)},
    {.name = "volumes", .inputs = {NORMAL(2, 2, 2, 3, 2), NORMAL(2, 3, 2, 3, 2)}, OPTIONS(1, 1, 1, 1, 3)},
    {.name = "strided lines", .inputs = {NORMAL(1, 2, 6), NORMAL(1, 2, 3)}, OPTIONS(2, 1, 1, 1, 3)},
    {.name = "strided", .inputs = {NORMAL(1, 2, 6, 5), NORMAL(1, 2, 3, 3)}, OPTIONS(2, 1, 1, 1, 3)},
    {.name = "strided volumes", .inputs = {NORMAL(1, 2, 4, 3, 2), NORMAL(1, 2, 2, 2, 1)}, OPTIONS(2, 1, 1, 1, 3)},
    {.name = "groups, dilation",
     .inputs = {NORMAL(1, 2, 5, 4), NORMAL(1, 4, 3, 3)},
     .options = &(const sg_conv_weight_grad_options){{{2, {1, 2}}, {2, {0, 1}}, {2, {2, 1}}, 2}, {2, {2, 2}}}},
    {.name = "groups, dilation of volumes",
     .inputs = {NORMAL(1, 2, 3, 5, 4), NORMAL(1, 4, 2, 3, 3)},
     .options =
         &(const sg_conv_weight_grad_options){{{3, {1, 1, 2}}, {3, {0, 0, 1}}, {3, {1, 2, 1}}, 2}, {3, {2, 2, 2}}}},
    {.name = "fewer windows than x has room for",
     .inputs = {NORMAL(1, 2, 6, 5), NORMAL(1, 2, 3, 2)},
     OPTIONS(1, 1, 3, 1, 2)},
    {.name = "one pixel", .inputs = {NORMAL(2, 2, 1, 1), NORMAL(2, 2, 1, 1)}, OPTIONS(1, 1, 1, 1, 3)},
    {.name = "no images", .inputs = {NORMAL(0, 2, 4, 3), NORMAL(0, 3, 4, 3)}, OPTIONS(1, 1, 1, 1, 3)},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "shape of g",
     .inputs = {NORMAL(1, 1, 2, 2), NORMAL(1, 1, 2, 2)},
     OPTIONS(1, 0, 1, 1, 2),
     .error = "g has shape [1, 1, 2, 2], expected [1, 1, 1, 1]"},
    {.name = "rank of x",
     .inputs = {NORMAL(2, 2), NORMAL(2, 2)},
     OPTIONS(1, 0, 1, 1, 2),
     .error = "x has shape [2, 2], expected (N, C, ...)"},
    {.name = "rank of g",
     .inputs = {NORMAL(1, 1, 2, 2), NORMAL(1, 2, 2)},
     OPTIONS(1, 0, 1, 1, 2),
     .error = "g has shape [1, 2, 2], expected (N, O, ...)"},
    {.name = "images",
     .inputs = {NORMAL(1, 1, 2, 2), NORMAL(2, 1, 1, 1)},
     OPTIONS(1, 0, 1, 1, 2),
     .error = "g has shape [2, 1, 1, 1], x has shape [1, 1, 2, 2]: expected as many images"},
    {.name = "groups",
     .inputs = {NORMAL(1, 3, 2, 2), NORMAL(1, 2, 1, 1)},
     OPTIONS(1, 0, 1, 2, 2),
     .error = "3 channels in 2 groups"},
    {.name = "empty kernel",
     .inputs = {NORMAL(1, 1, 2, 2), NORMAL(1, 1, 2, 2)},
     OPTIONS(1, 0, 1, 1, 0),
     .error = "kernel_size"},
    {0},
};

const sg_op op_conv_weight_grad = {
    .name = "conv_weight_grad",
    .summary = "The adjoint of a convolution in weight: the gradient of its weight for a cotangent g.",
    .formula = "y[o,c,i,...] = sum over n,p,... of g[n,o,p,...] * x[n, c, p*stride - padding + i*dilation, ...]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .family = &sg_weight_grad_family,
    .member = &(const sg_convolution_member){0, CONVOLUTION_WEIGHT},
    .inputs = SG_PORTS({"x", 0, "(N, C, ...), with one, two or three spatial dimensions"},
                       {"g", 0, "(N, O, ...), as the convolution of x has it"}),
    .outputs = SG_PORTS({"y", 0, "(O, C / groups, ...)"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv_weight_grad(sg_context *context, sg_tensor *x, sg_tensor *g,
                               const sg_conv_weight_grad_options *options) {
  return sg_apply_one(context, &op_conv_weight_grad, 2, (sg_tensor *[]){x, g}, options);
}
