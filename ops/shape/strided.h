// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_STRIDED_H
#define SELENOGRAD_STRIDED_H

#include "autograd/op.h"
#include "ops/kernels/move.h"
#include "ops/select_kernels.h"

// Row-major strides of a shape, in elements. Beside an extent of 0, where others may be of any size, they mean
// nothing.
void sg_strides(const sg_shape *shape, int64_t *strides);
// A walk through the elements of a shape, in row-major order: `offset` is where a tensor of another shape that
// broadcasts to it has the element.
typedef struct sg_walk {
  int rank;
  int64_t size[SG_MAX_RANK], stride[SG_MAX_RANK], at[SG_MAX_RANK], offset;
} sg_walk;

sg_walk sg_walk_start(const sg_shape *through, const sg_shape *shape);
static inline void sg_walk_on(sg_walk *w) {
  for (int d = w->rank - 1; d >= 0; d--) {
    w->offset += w->stride[d];
    if (++w->at[d] < w->size[d]) return;
    w->offset -= w->stride[d] * w->at[d];
    w->at[d] = 0;
  }
}

// Adds an inner dimension to a copy. One of extent 1 is left out, and one that both sides run through together with
// the dimension before it is joined to it. False: there are SG_MAX_RANK already.
bool sg_strided_append(copy_arguments *arguments, int64_t size, int64_t target_stride, int64_t source_stride);
// After the last dimension: where all were of extent 1, one element.
void sg_strided_complete(copy_arguments *arguments);
// The simplest form of a copy, of something: neighbouring dimensions that both sides run through as one are joined.
copy_arguments sg_strided_simplified(const copy_arguments *arguments);
// Copies so.
void sg_strided_run(sg_context *context, sg_dtype dtype, const copy_arguments *simplified);
// Copies as the arguments say, which need not be in that form (rank 0 is fine).
void sg_strided_copy(sg_context *context, sg_dtype dtype, const copy_arguments *arguments);
void sg_strided_zero(sg_context *context, sg_dtype dtype, void *target, int64_t elements);
// Every element becomes a number that the dtype can hold.
void sg_strided_fill(sg_context *context, sg_dtype dtype, void *target, int64_t elements, sg_number number);

#endif
