// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reductions. Dimensions are 0-based, negative ones count from the end; an empty list means all of them. The
// reduced dimensions disappear, or stay with extent 1 with keepdim. Options NULL: the defaults (all dimensions, no
// keepdim).
#ifndef SELENOGRAD_REDUCE_H
#define SELENOGRAD_REDUCE_H

#include "autograd/selenograd.h"

typedef struct sg_reduce_options {
  sg_ints dim;
  bool keepdim;
} sg_reduce_options;

// Sums t down to a shape that broadcasts to t's: undoes broadcasting. Returns t itself when it has that shape.
sg_tensor *sg_sum_to(sg_context *context, sg_tensor *t, const sg_shape *shape);

sg_tensor *sg_sum(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

#endif
