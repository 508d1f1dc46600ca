// SPDX-License-Identifier: GPL-3.0-or-later
//
// What conv2d and its two adjoints share. With K(w) the map x -> y of a convolution with weight w,
//
//   conv2d(x, w) = K(w) x    conv2d_input_grad(g, w) = K(w)' g    conv2d_weight_grad(x, g) = d<g, K(w) x>/dw
//
// all three are bilinear, and the derivatives of each are the two others.
#ifndef SELENOGRAD_CONVOLUTION_H
#define SELENOGRAD_CONVOLUTION_H

#include "autograd/op.h"
#include "ops/nn/nn.h"

typedef struct sg_convolution {
  int64_t batch, groups, channels, filters; // channels and filters of one group
  int64_t height, width, kernel_h, kernel_w;
  int64_t stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
  int64_t out_h, out_w;
  // Derived: the matrix of one group and image is taps x positions, made in tiles of `tile` positions.
  int64_t taps, positions, tile, tiles;
  bool direct; // 1x1, stride 1, no padding: the image itself is that matrix
} sg_convolution;

// The geometry of a convolution of x with weight; false, with a message in plan's context, when there is none.
bool sg_convolution_prepare(sg_plan *plan, const sg_shape *x, const sg_shape *weight,
                            const sg_conv2d_options *options, sg_convolution *convolution);
// The same for shapes that have been accepted.
sg_convolution sg_convolution_of(const sg_shape *x, const sg_shape *weight, const sg_conv2d_options *options);

sg_shape sg_convolution_output_shape(const sg_convolution *convolution);

size_t sg_convolution_forward_scratch(const sg_convolution *convolution, sg_dtype dtype);
size_t sg_convolution_input_grad_scratch(const sg_convolution *convolution, sg_dtype dtype);
size_t sg_convolution_weight_grad_scratch(const sg_convolution *convolution, sg_dtype dtype);

// bias may be NULL.
void sg_convolution_forward(sg_context *context, const sg_convolution *convolution, sg_dtype dtype, const void *x,
                            const void *weight, const void *bias, void *y, void *scratch);
void sg_convolution_input_grad(sg_context *context, const sg_convolution *convolution, sg_dtype dtype,
                               const void *dy, const void *weight, void *dx, void *scratch);
void sg_convolution_weight_grad(sg_context *context, const sg_convolution *convolution, sg_dtype dtype,
                                const void *dy, const void *x, void *dweight, void *scratch);

// The first attributes of all three ops, whose options all start with a sg_conv2d_options.
#define SG_CONVOLUTION_ATTRIBUTES                                                                                  \
  {"stride",                                                                                                       \
   SG_ATTRIBUTE_INTS,                                                                                              \
   offsetof(sg_conv2d_options, stride),                                                                            \
   "distance of neighbouring windows; default 1",                                                                  \
   SG_AT_LEAST | SG_AT_MOST,                                                                                       \
   1,                                                                                                              \
   INT32_MAX,                                                                                                      \
   NULL},                                                                                                          \
      {"padding",                                                                                                  \
       SG_ATTRIBUTE_INTS,                                                                                          \
       offsetof(sg_conv2d_options, padding),                                                                       \
       "zeros on every side of x; default 0",                                                                      \
       SG_AT_LEAST | SG_AT_MOST,                                                                                   \
       0,                                                                                                          \
       INT32_MAX,                                                                                                  \
       NULL},                                                                                                      \
      {"dilation",                                                                                                 \
       SG_ATTRIBUTE_INTS,                                                                                          \
       offsetof(sg_conv2d_options, dilation),                                                                      \
       "distance of the kernel's taps; default 1",                                                                 \
       SG_AT_LEAST | SG_AT_MOST,                                                                                   \
       1,                                                                                                          \
       INT32_MAX,                                                                                                  \
       NULL},                                                                                                      \
  {                                                                                                                \
    "groups", SG_ATTRIBUTE_INT, offsetof(sg_conv2d_options, groups),                                               \
        "independent groups of channels and filters; default 1", SG_AT_LEAST, 1, 0, NULL                           \
  }

// The values of a pair given as one number or two.
void sg_pair(const sg_ints *ints, int64_t *first, int64_t *second);
// Rejects a list that is neither one number nor two.
sg_status sg_pair_check(const sg_plan *plan, const char *name, const sg_ints *ints);

#endif
