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
// Declares it as y, and plans the copy, for members of the layout family; a range of the leading dimension alone,
// with step 1, is a view.
sg_status sg_range_take(sg_plan *plan, const slice_range *range);
// The options of the positions start .. start + length - 1 of one dimension of x.
sg_slice_options sg_range_along(const sg_shape *x, int dim, int64_t start, int64_t length);
// Where it lies: extents, strides and the first element.
void sg_range_layout(const sg_shape *x, const slice_range *range, int64_t *size, int64_t *strides, int64_t *first);

#endif
