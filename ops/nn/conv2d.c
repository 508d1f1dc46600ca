// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define NORMAL(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__))
#define OPTIONS(...) .options = &(const sg_conv_options)SG_CONV(__VA_ARGS__)
static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9}), SG_DIMS(1, 1, 3, 3)),
                SG_VALUES(((const double[]){1, 0, 0, -1}), SG_DIMS(1, 1, 2, 2)),
                SG_VALUES(((const double[]){0.5}), SG_DIMS(1))},
     .expected = (const double[]){-3.5, -3.5, -3.5, -3.5}},
    {.name = "same extents", .inputs = {NORMAL(2, 2, 4, 5), NORMAL(3, 2, 3, 3), NORMAL(3)}, OPTIONS(1, 1, 1, 1)},
    {.name = "strided", .inputs = {NORMAL(2, 2, 5, 6), NORMAL(2, 2, 3, 3), NORMAL(2)}, OPTIONS(2, 1, 1, 1)},
    {.name = "another number for each direction",
     .inputs = {NORMAL(1, 2, 4, 7), NORMAL(2, 2, 2, 3)},
     .options =
         &(const sg_conv_options){
             .stride = {2, {1, 2}}, .padding = {2, {2, 0}}, .dilation = {2, {2, 1}}, .groups = 1}},
    {.name = "dilated", .inputs = {NORMAL(1, 1, 4, 4), NORMAL(2, 1, 3, 3)}, OPTIONS(1, 2, 2, 1)},
    {.name = "groups", .inputs = {NORMAL(2, 4, 3, 3), NORMAL(4, 2, 3, 3), NORMAL(4)}, OPTIONS(1, 1, 1, 2)},
    {.name = "a filter for each channel",
     .inputs = {NORMAL(2, 3, 3, 4), NORMAL(3, 1, 2, 2), NORMAL(3)},
     OPTIONS(1, 0, 1, 3)},
    {.name = "kernel of one", .inputs = {NORMAL(2, 3, 2, 3), NORMAL(2, 3, 1, 1), NORMAL(2)}},
    {.name = "kernel of one, strided", .inputs = {NORMAL(1, 2, 4, 3), NORMAL(2, 2, 1, 1)}, OPTIONS(2, 0, 1, 1)},
    {.name = "one position", .inputs = {NORMAL(2, 2, 2, 2), NORMAL(3, 2, 2, 2), NORMAL(3)}},
    {.name = "one pixel", .inputs = {NORMAL(2, 2, 1, 1), NORMAL(2, 2, 3, 3)}, OPTIONS(1, 1, 1, 1)},
    {.name = "no images", .inputs = {NORMAL(0, 1, 3, 3), NORMAL(2, 1, 2, 2), NORMAL(2)}},
    {.name = "no channels", .inputs = {NORMAL(1, 0, 3, 3), NORMAL(2, 0, 2, 2), NORMAL(2)}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank of x",
     .inputs = {NORMAL(2, 3, 3), NORMAL(2, 2, 3, 3)},
     .error = "conv2d: x has shape [2, 3, 3], expected (N, C, H, W)"},
    {.name = "rank of weight",
     .inputs = {NORMAL(1, 2, 3, 3), NORMAL(2, 2, 3, 3, 3)},
     .error = "weight has shape [2, 2, 3, 3, 3], expected (O, C / groups, kh, kw)"},
    {.name = "channels",
     .inputs = {NORMAL(1, 2, 3, 3), NORMAL(2, 3, 3, 3)},
     .error = "2 channels in 1 groups need (O, C / groups, kh, kw)"},
    {.name = "groups",
     .inputs = {NORMAL(1, 4, 3, 3), NORMAL(3, 2, 3, 3)},
     OPTIONS(1, 1, 1, 2),
     .error = "its 3 filters do not divide into 2 groups"},
    {.name = "kernel too large",
     .inputs = {NORMAL(1, 2, 3, 3), NORMAL(2, 2, 4, 4)},
     .error = "does not fit into x [1, 2, 3, 3]"},
    {.name = "empty kernel", .inputs = {NORMAL(1, 2, 3, 3), NORMAL(2, 2, 0, 0)}, .error = "its kernel is empty"},
    {.name = "bias",
     .inputs = {NORMAL(1, 2, 3, 3), NORMAL(4, 2, 3, 3), NORMAL(2)},
     .error = "bias has shape [2], expected [4]"},
    {.name = "four strides",
     .inputs = {NORMAL(1, 1, 3, 3), NORMAL(1, 1, 2, 2)},
     .options =
         &(const sg_conv_options){
             .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}}, .dilation = {1, {1}}, .groups = 1},
     .error = "stride has 4 values, expected one or two"},
    {.name = "stride of zero",
     .inputs = {NORMAL(1, 1, 3, 3), NORMAL(1, 1, 2, 2)},
     OPTIONS(0, 0, 1, 1),
     .error = "stride"},
    {0},
};

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
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv2d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
