// SPDX-License-Identifier: GPL-3.0-or-later
//
// Pools of one window, the whole image, of any number of spatial dimensions. A member is what becomes of the
// window.
#ifndef SELENOGRAD_GLOBAL_POOL_H
#define SELENOGRAD_GLOBAL_POOL_H

#include "autograd/op.h"
#include "ops/reduce/reduce.h"

typedef struct sg_global_pool_member {
  sg_tensor *(*reduce)(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
} sg_global_pool_member;

extern const sg_op sg_global_pool_family;

#endif
