// SPDX-License-Identifier: GPL-3.0-or-later
//
// The elements start, start + step, ... below stop of every dimension: the family of ops that take them, and what
// it shares with their adjoint and the ops that write there.
#ifndef SELENOGRAD_RANGE_H
#define SELENOGRAD_RANGE_H

#include "ops/shape/layout.h"
#include "ops/shape/shape.h"
#include "ops/shape/strided.h"

// The attributes of options that begin as sg_slice_options do, and those of such options.
#define SG_RANGE_OPTIONS(options)                                                                                  \
  SG_OPTION(options, start, DIMS, "first position in each dimension, negative from the end; default the first"),   \
      SG_OPTION(options, stop, INTS,                                                                               \
                "number of the last position taken, counting from one; a negative one leaves that many off the "   \
                "end; default the last"),                                                                          \
      SG_OPTION(options, step, INTS, "step in each dimension; default 1", SG_AT_LEAST, 1)
extern const sg_attribute sg_range_attributes[];

typedef struct slice_range {
  sg_shape shape;                                // of what is taken
  int64_t start[SG_MAX_RANK], step[SG_MAX_RANK]; // 0 <= start <= extent
} slice_range;

// The range of a tensor of shape x; rejects more values than there are dimensions.
sg_status sg_range_resolve(const sg_plan *plan, const sg_shape *x, const sg_slice_options *options,
                           slice_range *range);
// The family of slice, narrow and select, whose plan this is. A member's prepare ends with sg_range_take.
typedef struct sg_range_plan {
  sg_layout layout;
  slice_range range;
} sg_range_plan;
extern const sg_op sg_range_family;
// What a descriptor begins with: SG_RANGE(select, prepare),
#define SG_RANGE(op, plan) .name = #op, .family = &sg_range_family, .prepare = plan

// Declares it as y, and plans the copy; a range of the leading dimension alone, with step 1, is a view.
sg_status sg_range_take(sg_plan *plan, const sg_slice_options *options);
// The options of the positions start .. start + length - 1 of one dimension of x.
sg_slice_options sg_range_along(const sg_shape *x, int dim, int64_t start, int64_t length);
// Where it lies: extents, strides and the first element.
void sg_range_layout(const sg_shape *x, const slice_range *range, int64_t *size, int64_t *strides, int64_t *first);

// The plan of an op that writes into a range of x: the copy, without its pointers, to element `first` of x and on.
// Zeroed, it is nothing.
typedef struct range_copy {
  int64_t first;
  copy_arguments copy;
} range_copy;

// Plans to write a tensor of shape `source`, which broadcasts to the range, into that range of x; does it to the
// output of a call with that plan.
void sg_range_put(const sg_shape *x, const slice_range *range, const sg_shape *source, range_copy *plan);
void sg_range_copy(const sg_call *call, const void *source);

#endif
