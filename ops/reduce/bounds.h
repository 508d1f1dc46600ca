// SPDX-License-Identifier: GPL-3.0-or-later
//
// What searchsorted and bucketize share.
#ifndef SELENOGRAD_BOUNDS_H
#define SELENOGRAD_BOUNDS_H

#include "autograd/op.h"

typedef struct sg_bounds_options {
  bool right;
} sg_bounds_options;

// Output and options, with words for the shape of the output.
#define SG_BOUNDS(shape)                                                                                           \
  .outputs = SG_PORTS({"y", SG_INDEX, "positions, in the shape of " shape}),                                       \
  SG_OPTIONS(sg_bounds_options, SG_CONSTANT(sg_bounds_options, false),                                             \
             SG_OPTION(sg_bounds_options, right, BOOL, "behind equal elements, not before them", SG_BY_NAME))
#define SG_RIGHT(is_right) SG_WITH(sg_bounds_options, is_right)

#endif
