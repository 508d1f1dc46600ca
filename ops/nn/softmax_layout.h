// SPDX-License-Identifier: GPL-3.0-or-later
//
// What softmax and log_softmax share.
#ifndef SELENOGRAD_SOFTMAX_LAYOUT_H
#define SELENOGRAD_SOFTMAX_LAYOUT_H

#include "autograd/op.h"
#include "ops/kernels/softmax.h"
#include "ops/nn/nn.h"

extern const sg_softmax_options sg_softmax_defaults;
#define SG_SOFTMAX_ATTRIBUTES                                                                                      \
  {                                                                                                                \
    "dim", SG_ATTRIBUTE_DIM, offsetof(sg_softmax_options, dim), "the dimension of the sum; default the last", 0,   \
        0, 0, NULL                                                                                                 \
  }

// prepare of both: y has the shape of x. A scalar is one value on one dimension.
sg_status sg_softmax_prepare(sg_plan *plan);
// Runs a kernel of the family over data of the shape.
void sg_softmax_run(const sg_call *call, const sg_shape *shape, sg_kernel *kernel, softmax_arguments arguments);
// The derivative of log_softmax along a dimension, as a composition of ops, from its result y. One class of each
// line is treated apart and loses no digits: the one at `position`, indices of y's shape with extent 1 along the
// dimension, or where y is largest (NULL).
sg_tensor *sg_log_softmax_gradient(sg_context *context, sg_tensor *y, sg_tensor *d_y, sg_tensor *position,
                                   int dimension);
// Where y is largest along the dimension, with extent 1 there. y is not empty and no scalar.
sg_tensor *sg_softmax_largest(sg_context *context, sg_tensor *y, int dimension);
// The dimension of the sum as an option of reductions.
int sg_softmax_dimension(const sg_call *call, const sg_shape *shape);

#endif
