// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of softmax and log_softmax: y has the shape of x and is what is saved. A member is its words, its
// kernels and the derivative as a composition of ops; port, dimension, loops and samples are the family's.
#ifndef SELENOGRAD_SOFTMAX_FAMILY_H
#define SELENOGRAD_SOFTMAX_FAMILY_H

#include "autograd/op.h"
#include "ops/kernels/softmax.h"
#include "ops/nn/nn.h"

typedef struct sg_softmax_member {
  int kind; // SOFTMAX, LOG_SOFTMAX: which of the kernels
} sg_softmax_member;

extern const sg_op sg_softmax_family;
// What a descriptor begins with: SG_SOFTMAX_MEMBER(log_softmax, LOG_SOFTMAX),
#define SG_SOFTMAX_MEMBER(op, kernels)                                                                             \
  .name = #op, .family = &sg_softmax_family, .member = &(const sg_softmax_member) { kernels }

// The derivative of log_softmax along a dimension, as a composition of ops, from its result y. One class of each
// line is treated apart and loses no digits: the one at `position`, indices of y's shape with extent 1 along the
// dimension, or where y is largest (NULL).
sg_tensor *sg_log_softmax_gradient(sg_context *context, sg_tensor *y, sg_tensor *d_y, sg_tensor *position,
                                   int dimension);
// Where y is largest along the dimension, with extent 1 there. y is not empty and no scalar.
sg_tensor *sg_softmax_largest(sg_context *context, sg_tensor *y, int dimension);
// The dimension of the sum; 0 for a scalar.
int sg_softmax_dimension(const sg_call *call);

#endif
