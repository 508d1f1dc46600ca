// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_MAX_POOL_H
#define SELENOGRAD_MAX_POOL_H

#include "autograd/op.h"
#include "ops/nn/nn.h"
#include "ops/nn/windows.h"

// The family of max_pool1d, max_pool2d and max_pool3d. `member` is the number of spatial dimensions, an int.
extern const sg_op sg_max_pool_family;

// A sample without ties, and its options, with one number for all directions.
#define SG_POOL_INPUT(...) SG_DISTINCT(-2, 2, SG_DIMS(__VA_ARGS__))
#define SG_POOL(kernel_size, stride, padding, dilation, ceil_mode)                                                 \
  SG_WITH(sg_max_pool_options, {1, {kernel_size}}, {1, {stride}}, {1, {padding}}, {1, {dilation}}, ceil_mode)

// What a descriptor begins with: SG_MAX_POOL(max_pool2d, "an image", 2, SG_IMAGE), with the words of
// ops/nn/windows.h.
#define SG_MAX_POOL(op, place, spatial, words) SG_MAX_POOL_OF(#op, place, spatial, words)
#define SG_MAX_POOL_OF(op, place, spatial, x, kernel, y, first, tap)                                               \
  .name = op, .summary = "The largest value of every window of " place ".",                                        \
  .reference = "Goodfellow, Bengio and Courville, Deep Learning, 2016, section 9.3",                               \
  .family = &sg_max_pool_family, .member = &(const int){spatial}, .inputs = SG_PORTS({"x", 0, "(N, C, " x ")"}),   \
  .outputs = SG_PORTS({"y", 0,                                                                                     \
                       "(N, C, " y "), " first "' = floor((" first                                                 \
                       " + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1"},                            \
                      {"index", SG_INDEX | SG_HIDDEN, "position of the largest pixel, counted row by row"})

sg_tensor *sg_max_pool_apply(sg_context *context, const sg_op *op, sg_tensor *x,
                             const sg_max_pool_options *options);

#endif
