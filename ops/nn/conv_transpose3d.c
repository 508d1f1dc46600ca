// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = bias + K(weight)' x, the adjoint in x of the convolution K(weight)
//
// so that <y - bias, u> = <x, conv3d(u, weight)> for every u.
#include "ops/nn/convolution.h"
#include "ops/ops.h"

#define NORMAL(...) SG_NORMAL(0, 1, SG_DIMS(__VA_ARGS__))
#define OPTIONS(stride, padding, dilation, groups, more)                                                           \
  .options = &(const sg_conv_transpose_options) {                                                                  \
    SG_CONV(stride, padding, dilation, groups), {                                                                  \
      1, { more }                                                                                                  \
    }                                                                                                              \
  }
static const sg_sample samples[] = {
    {.name = "worked by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2, 3}), SG_DIMS(1, 1, 3, 1, 1)),
                SG_VALUES(((const double[]){1, 3}), SG_DIMS(1, 1, 2, 1, 1)),
                SG_VALUES(((const double[]){0.5}), SG_DIMS(1))},
     .expected = (const double[]){1.5, 5.5, 9.5, 9.5}},
    {.name = "same extents",
     .inputs = {NORMAL(2, 3, 2, 3, 2), NORMAL(3, 2, 3, 3, 3), NORMAL(2)},
     OPTIONS(1, 1, 1, 1, 0)},
    {.name = "strided",
     .inputs = {NORMAL(1, 2, 2, 2, 3), NORMAL(2, 2, 3, 3, 3), NORMAL(2)},
     OPTIONS(2, 1, 1, 1, 1)},
    {.name = "another number for each direction",
     .inputs = {NORMAL(1, 2, 2, 3, 1), NORMAL(2, 1, 2, 1, 3)},
     .options =
         &(const sg_conv_transpose_options){
             {.stride = {3, {3, 1, 2}}, .padding = {3, {1, 0, 1}}, .dilation = {3, {1, 2, 2}}, .groups = 1},
             {3, {2, 0, 1}}}},
    {.name = "groups, dilation",
     .inputs = {NORMAL(1, 4, 2, 2, 2), NORMAL(4, 1, 2, 2, 2), NORMAL(2)},
     OPTIONS(1, 1, 2, 2, 0)},
    {.name = "output padding beyond the stride",
     .inputs = {NORMAL(1, 2, 1, 2, 1), NORMAL(2, 2, 2, 2, 2), NORMAL(2)},
     OPTIONS(1, 1, 3, 1, 2)},
    {.name = "one pixel",
     .inputs = {NORMAL(2, 2, 1, 1, 1), NORMAL(2, 2, 3, 3, 3), NORMAL(2)},
     OPTIONS(1, 1, 1, 1, 0)},
    {.name = "no images", .inputs = {NORMAL(0, 3, 2, 2, 2), NORMAL(3, 2, 3, 3, 3)}, OPTIONS(1, 1, 1, 1, 0)},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "rank of x",
     .inputs = {NORMAL(2, 3, 3, 3), NORMAL(2, 2, 3, 3, 3)},
     .error = "conv_transpose3d: x has shape [2, 3, 3, 3], expected (N, C, D, H, W)"},
    {.name = "output padding too large",
     .inputs = {NORMAL(1, 2, 3, 3, 3), NORMAL(2, 2, 3, 3, 3)},
     OPTIONS(2, 0, 1, 1, 2),
     .error = "must be smaller than stride"},
    {0},
};

const sg_op op_conv_transpose3d = {
    .name = "conv_transpose3d",
    .summary = "Three-dimensional transposed convolution: the adjoint of conv3d in x, and the gradient of its x.",
    .formula = "y[n, o, r*stride - padding + h*dilation, p*stride - padding + i*dilation, q*stride - padding + "
               "j*dilation] = bias[o] + sum of weight[c,o,h,i,j] * x[n,c,r,p,q]",
    .reference = "Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, chapter 4",
    .family = &sg_transposed_family,
    .member = &(const sg_convolution_member){3, CONVOLUTION_X},
    .inputs = SG_PORTS({"x", 0, "(N, C, D, H, W)"}, {"weight", 0, "(C, O / groups, kd, kh, kw)"},
                       {"bias", SG_OPTIONAL, "(O)"}),
    .outputs = SG_PORTS(
        {"y", 0, "(N, O, D', H', W'), D' = (D - 1) stride - 2 padding + dilation (kd - 1) + output_padding + 1"}),
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_conv_transpose3d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                               const sg_conv_transpose_options *options) {
  return sg_apply_one(context, &op_conv_transpose3d, 3, (sg_tensor *[]){x, weight, bias}, options);
}
