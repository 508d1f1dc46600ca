// SPDX-License-Identifier: GPL-3.0-or-later
//
// What slice, its adjoint and slice_put_ share: the elements start, start + step, ... below stop of every
// dimension.
#ifndef SELENOGRAD_RANGE_H
#define SELENOGRAD_RANGE_H

#include "autograd/op.h"
#include "ops/shape/shape.h"

// Those of an op whose options are an sg_slice_options.
extern const sg_attribute sg_range_attributes[];

typedef struct slice_range {
  sg_shape shape;                                // of what is taken
  int64_t start[SG_MAX_RANK], step[SG_MAX_RANK]; // 0 <= start <= extent
} slice_range;

// The range of a tensor of shape x; rejects more values than there are dimensions.
sg_status sg_range_resolve(const sg_plan *plan, const sg_shape *x, const sg_slice_options *options,
                           slice_range *range);
// Where it lies: extents, strides and the first element.
void sg_range_layout(const sg_shape *x, const slice_range *range, int64_t *size, int64_t *strides, int64_t *first);

#endif
