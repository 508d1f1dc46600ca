// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_PARTS_H
#define SELENOGRAD_PARTS_H

#include "autograd/op.h"

// The family of ops that cut x along a dimension: each element of x is in one of the parts, which follow each
// other. Parts are views where nothing but extents of 1 comes before the dimension, and copies elsewhere. A
// member's prepare is sg_parts_open, sg_plan_outputs, and sg_parts_set for each part.
extern const sg_op sg_parts_family;

typedef struct sg_parts {
  int dim;
  bool dropped;  // the parts, of extent 1, do without the dimension
  int64_t outer; // x as (outer, run): what lies before the dimension, and the rest
} sg_parts;

// Resolves the dimension, or rejects, and says its extent.
sg_status sg_parts_open(sg_plan *plan, int64_t dim, int64_t *extent);
void sg_parts_set(sg_plan *plan, int part, int64_t extent);
// Plans parts of one size, above 0, of which the last may be smaller. No extent at all is one part.
sg_status sg_parts_even(sg_plan *plan, int64_t extent, int64_t size);

#endif
