// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_MAX_POOL_H
#define SELENOGRAD_MAX_POOL_H

#include "autograd/op.h"
#include "ops/nn/nn.h"

// The family of max_pool1d, max_pool2d and max_pool3d. `member` is the number of spatial dimensions, an int.
extern const sg_op sg_max_pool_family;

// The options of a sample, with one number for all directions.
#define SG_POOL(kernel_size, stride, padding, dilation, ceil_mode)                                                 \
  { {1, {kernel_size}}, {1, {stride}}, {1, {padding}}, {1, {dilation}}, ceil_mode }

sg_tensor *sg_max_pool_apply(sg_context *context, const sg_op *op, sg_tensor *x,
                             const sg_max_pool_options *options);

#endif
