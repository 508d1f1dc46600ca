// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_NN_H
#define SELENOGRAD_NN_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// ---- Convolution ----------------------------------------------------------------------------------

// Each list holds one number for both directions, or two: (vertical, horizontal).
typedef struct sg_conv2d_options {
  sg_ints stride;   // >= 1; default 1
  sg_ints padding;  // zeros added on every side, >= 0; default 0
  sg_ints dilation; // distance between the taps of the kernel, >= 1; default 1
  int64_t groups;   // channels and filters divide into that many independent groups; default 1
} sg_conv2d_options;

// Cross-correlation: x is (N, C, H, W), weight (O, C / groups, kh, kw), bias (O) or NULL; the result is
// (N, O, H', W') with H' = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1. `options` NULL: defaults.
sg_tensor *sg_conv2d(sg_context *context, sg_tensor *x, sg_tensor *weight, sg_tensor *bias,
                     const sg_conv2d_options *options);

typedef struct sg_conv2d_input_grad_options {
  sg_conv2d_options convolution;
  sg_ints input_size; // (H, W) of x
} sg_conv2d_input_grad_options;

// The adjoint of conv2d in x: g has the shape of conv2d's result, the value has that of x.
sg_tensor *sg_conv2d_input_grad(sg_context *context, sg_tensor *g, sg_tensor *weight,
                                const sg_conv2d_input_grad_options *options);

typedef struct sg_conv2d_weight_grad_options {
  sg_conv2d_options convolution;
  sg_ints kernel_size; // (kh, kw) of weight
} sg_conv2d_weight_grad_options;

// The adjoint of conv2d in weight: g has the shape of conv2d's result, the value has that of weight.
sg_tensor *sg_conv2d_weight_grad(sg_context *context, sg_tensor *x, sg_tensor *g,
                                 const sg_conv2d_weight_grad_options *options);

// ---- Pooling --------------------------------------------------------------------------------------

typedef struct sg_max_pool2d_options {
  sg_ints kernel_size; // >= 1; required
  sg_ints stride;      // >= 1; empty: the kernel size
  sg_ints padding;     // >= 0 and at most half the kernel size; default 0
  sg_ints dilation;    // >= 1; default 1
  bool ceil_mode;      // round the output's extents up; default false
} sg_max_pool2d_options;

// The largest value of every window of x, which is (N, C, H, W). A NaN is larger than any number.
sg_tensor *sg_max_pool2d(sg_context *context, sg_tensor *x, const sg_max_pool2d_options *options);

typedef struct sg_plane_scatter_options {
  sg_ints size; // (H, W) of the result
} sg_plane_scatter_options;

// y[n, c, k] = x[n, c, index[n, c, k]]: x is (N, C, H, W), index (N, C, h, w) holds positions in a plane of H W
// pixels.
sg_tensor *sg_plane_gather(sg_context *context, sg_tensor *x, sg_tensor *index);
// The adjoint: y[n, c, index[n, c, k]] += x[n, c, k], into zeros.
sg_tensor *sg_plane_scatter(sg_context *context, sg_tensor *x, sg_tensor *index,
                            const sg_plane_scatter_options *options);

// ---- Dropout --------------------------------------------------------------------------------------

typedef struct sg_dropout_options {
  double p; // the probability of a zero, in [0, 1); default 0.5
} sg_dropout_options;

// Sets elements of x to zero with probability p and divides the others by 1 - p.
sg_tensor *sg_dropout(sg_context *context, sg_tensor *x, const sg_dropout_options *options);

// ---- Softmax --------------------------------------------------------------------------------------

typedef struct sg_softmax_options {
  int64_t dim; // 0-based, negative from the end; default the last
} sg_softmax_options;

// exp(x) / sum of exp(x) over dim, and its logarithm. `options` NULL: the last dimension.
sg_tensor *sg_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options);
sg_tensor *sg_log_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options);

SG_PUBLIC_END

#endif
