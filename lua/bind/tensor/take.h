// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a key of x[...] selects, and the part of it that tensors name. As in PyTorch, all index tensors and masks
// broadcast to one shape. It stands in their place where no range comes between them, and else in front of what the
// ranges leave.
#ifndef SELENOGRAD_LUA_BIND_TENSOR_TAKE_H
#define SELENOGRAD_LUA_BIND_TENSOR_TAKE_H

#include "ops/shape/shape.h"

typedef struct selection {
  sg_shape of;            // that of x
  sg_slice_options range; // start, stop and step, 0-based, in bounds, of the dimensions that the key names
  sg_shape picked;        // the shape of the range
  sg_shape shape;         // the same without the dropped dimensions
  bool dropped[SG_MAX_RANK];
  bool by_tensors;                // there are some
  bool indexed[SG_MAX_RANK];      // dimensions that a tensor says something about
  sg_tensor *tensor[SG_MAX_RANK]; // at the first such dimension of its own; positions, or a mask
} selection;

// What the tensors take of `range`, which the ranges and numbers have taken of x before.
sg_tensor *selection_take(sg_context *context, sg_tensor *range, const selection *s);
// Writes a value, which broadcasts to what would be taken, into x.
sg_status selection_put(sg_context *context, sg_tensor *x, sg_tensor *value, const selection *s);

#endif
