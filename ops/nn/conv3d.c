// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y[n,o,r,p,q] = bias[o] + sum over c,h,i,j of weight[o,c,h,i,j] x[n, c, r stride - padding + h dilation, p
//   stride - padding + i dilation, q stride - padding + j dilation]
//
// with x zero outside its extents and c over the channels of o's group.
#include "ops/nn/convolution.h"
#include "ops/ops.h"

static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3, 4, 5, 6, 7, 8}), SG_DIMS(1, 1, 2, 2, 2)),
                SG_VALUES(((const double[]){1, 0, 0, -1}), SG_DIMS(1, 1, 2, 2, 1)),
                SG_VALUES(((const double[]){0.5}), SG_DIMS(1))},
     .expected = (const double[]){-5.5, -5.5}},
    {.name = "same extents",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 3, 3, 3)),
                SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = &(const sg_conv_options)SG_CONV(1, 1, 1, 1)},
    {.name = "strided",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 4, 5)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3, 3)),
                SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = &(const sg_conv_options)SG_CONV(2, 1, 1, 1)},
    {.name = "another number for each direction",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 4, 3, 5)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 1, 3))},
     .options =
         &(const sg_conv_options){
             .stride = {3, {3, 1, 2}}, .padding = {3, {1, 2, 0}}, .dilation = {3, {1, 2, 2}}, .groups = 1}},
    {.name = "dilated",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 3, 2)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 2, 2))},
     .options = &(const sg_conv_options)SG_CONV(1, 2, 2, 1)},
    {.name = "groups",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 4, 2, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(4, 2, 2, 2, 2)),
                SG_NORMAL(0, 1, SG_DIMS(4))},
     .options = &(const sg_conv_options)SG_CONV(1, 1, 1, 2)},
    {.name = "a filter for each channel",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2, 3, 2)), SG_NORMAL(0, 1, SG_DIMS(3, 1, 2, 2, 2)),
                SG_NORMAL(0, 1, SG_DIMS(3))},
     .options = &(const sg_conv_options)SG_CONV(1, 0, 1, 3)},
    {.name = "kernel of one",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 2, 1, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 1, 1, 1)),
                SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "kernel of one, strided",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 2, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 1, 1, 1))},
     .options = &(const sg_conv_options)SG_CONV(2, 0, 1, 1)},
    {.name = "one position",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 2, 2, 2)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 2, 2, 2)),
                SG_NORMAL(0, 1, SG_DIMS(3))}},
    {.name = "one pixel",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 2, 1, 1, 1)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3, 3))},
     .options = &(const sg_conv_options)SG_CONV(1, 1, 1, 1)},
    {.name = "no images",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(0, 1, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 1, 2, 2, 2)),
                SG_NORMAL(0, 1, SG_DIMS(2))}},
    {.name = "no channels",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 0, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 0, 2, 2, 2)),
                SG_NORMAL(0, 1, SG_DIMS(2))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank of x",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3, 3))},
     .error = "conv3d: x has shape [2, 3, 3, 3], expected (N, C, D, H, W)"},
    {.name = "rank of weight",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 3, 3, 3, 3))},
     .error = "weight has shape [2, 2, 3, 3, 3, 3], expected (O, C / groups, kd, kh, kw)"},
    {.name = "channels",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 3, 3, 3))},
     .error = "2 channels in 1 groups need (O, C / groups, kd, kh, kw)"},
    {.name = "groups",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 4, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(3, 2, 3, 3, 3))},
     .options = &(const sg_conv_options)SG_CONV(1, 1, 1, 2),
     .error = "its 3 filters do not divide into 2 groups"},
    {.name = "kernel too large",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 4, 4, 4))},
     .error = "does not fit into x [1, 2, 3, 3, 3]"},
    {.name = "empty kernel",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(2, 2, 0, 0, 0))},
     .error = "its kernel is empty"},
    {.name = "bias",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 2, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(4, 2, 3, 3, 3)),
                SG_NORMAL(0, 1, SG_DIMS(2))},
     .error = "bias has shape [2], expected [4]"},
    {.name = "four strides",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2, 2))},
     .options =
         &(const sg_conv_options){
             .stride = {4, {1, 1, 1, 1}}, .padding = {1, {0}}, .dilation = {1, {1}}, .groups = 1},
     .error = "stride has 4 values, expected one or three"},
    {.name = "stride of zero",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(1, 1, 3, 3, 3)), SG_NORMAL(0, 1, SG_DIMS(1, 1, 2, 2, 2))},
     .options = &(const sg_conv_options)SG_CONV(0, 0, 1, 1),
     .error = "stride"},
    {0},
};

const sg_op op_conv3d = {
    .name = "conv3d",
    .summary = "Three-dimensional convolution (cross-correlation) with stride, padding, dilation and groups.",
    .formula = "y[n,o,r,p,q] = bias[o] + sum over c,h,i,j of weight[o,c,h,i,j] * x[n, c, r*stride - padding + "
               "h*dilation, p*stride - padding + i*dilation, q*stride - padding + j*dilation]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016",
    .family = &sg_convolution_family,
    .member = &(const sg_convolution_member){3, CONVOLUTION_Y},
    .inputs = SG_PORTS({"x", 0, "(N, C, D, H, W)"}, {"weight", 0, "(O, C / groups, kd, kh, kw)"},
                       {"bias", SG_OPTIONAL, "(O)"}),
    .outputs =
        SG_PORTS({"y", 0, "(N, O, D', H', W'), D' = floor((D + 2 padding - dilation (kd - 1) - 1) / stride) + 1"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv3d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv_options *options) {
  return sg_apply_one(context, &op_conv3d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
