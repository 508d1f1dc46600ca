// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define NORMAL(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__))
#define OPTIONS(...) .options = &(const sg_conv_options)SG_CONV(__VA_ARGS__)
static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3, 4}), SG_DIMS(1, 1, 4)),
                SG_VALUES(((const double[]){1, -1}), SG_DIMS(1, 1, 2)),
                SG_VALUES(((const double[]){0.5}), SG_DIMS(1))},
     .expected = (const double[]){-0.5, -0.5, -0.5}},
    {.name = "same extents", .inputs = {NORMAL(2, 2, 6), NORMAL(3, 2, 3), NORMAL(3)}, OPTIONS(1, 1, 1, 1)},
    {.name = "strided", .inputs = {NORMAL(2, 2, 7), NORMAL(2, 2, 3), NORMAL(2)}, OPTIONS(2, 1, 1, 1)},
    {.name = "dilated", .inputs = {NORMAL(1, 1, 5), NORMAL(2, 1, 3)}, OPTIONS(1, 2, 2, 1)},
    {.name = "groups", .inputs = {NORMAL(2, 4, 4), NORMAL(4, 2, 3), NORMAL(4)}, OPTIONS(1, 1, 1, 2)},
    {.name = "a filter for each channel",
     .inputs = {NORMAL(2, 3, 5), NORMAL(3, 1, 2), NORMAL(3)},
     OPTIONS(1, 0, 1, 3)},
    {.name = "one pixel", .inputs = {NORMAL(2, 2, 1), NORMAL(2, 2, 3)}, OPTIONS(1, 1, 1, 1)},
    {.name = "no images", .inputs = {NORMAL(0, 1, 3), NORMAL(2, 1, 2), NORMAL(2)}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank of x",
     .inputs = {NORMAL(2, 3), NORMAL(2, 2, 3)},
     .error = "conv1d: x has shape [2, 3], expected (N, C, L)"},
    {.name = "four strides",
     .inputs = {NORMAL(1, 1, 3), NORMAL(1, 1, 2)},
     .options =
         &(const sg_conv_options){
             .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}}, .dilation = {1, {1}}, .groups = 1},
     .error = "stride has 4 values, expected one"},
    {0},
};

const sg_op op_conv1d = {
    .name = "conv1d",
    .summary = "One-dimensional convolution (cross-correlation) with stride, padding, dilation and groups.",
    .formula = "y[n,o,p] = bias[o] + sum over c,i of weight[o,c,i] * x[n, c, p*stride - padding + i*dilation]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .family = &sg_convolution_family,
    .member = &(const sg_convolution_member){1, CONVOLUTION_Y},
    .inputs = SG_PORTS({"x", 0, "(N, C, L)"}, {"weight", 0, "(O, C / groups, k)"}, {"bias", SG_OPTIONAL, "(O)"}),
    .outputs = SG_PORTS({"y", 0, "(N, O, L'), L' = floor((L + 2 padding - dilation (k - 1) - 1) / stride) + 1"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv1d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv1d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
