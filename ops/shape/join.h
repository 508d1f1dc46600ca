// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_JOIN_H
#define SELENOGRAD_JOIN_H

#include "autograd/op.h"

typedef struct sg_join_options {
  int64_t dim;
} sg_join_options;

// The family of cat and stack: tensors one after another along a dimension of y, which stack makes. A member's
// prepare checks them and ends with sg_join_plan.
extern const sg_op sg_join_family;

// Declares y, which the tensors fill one after another along dimension dim.
sg_status sg_join_plan(sg_plan *plan, const sg_shape *y, int dim);

#endif
