// SPDX-License-Identifier: GPL-3.0-or-later
//
// What slice and its adjoint share: the elements start, start + step, ... below stop of every dimension.
#ifndef SELENOGRAD_RANGE_H
#define SELENOGRAD_RANGE_H

#include "autograd/op.h"
#include "ops/shape/shape.h"

typedef struct slice_range {
  sg_shape shape;                                // of what is taken
  int64_t start[SG_MAX_RANK], step[SG_MAX_RANK]; // 0 <= start <= extent
} slice_range;

// Rejects more values than there are dimensions.
sg_status sg_range_check(const sg_plan *plan, const sg_shape *x, const sg_slice_options *options);
slice_range sg_range_of(const sg_shape *x, const sg_slice_options *options);

#endif
