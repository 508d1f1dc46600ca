// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the ops with an index tensor (input 1) share.
#ifndef SELENOGRAD_INDICES_H
#define SELENOGRAD_INDICES_H

#include "autograd/op.h"
#include "ops/kernels/index.h"
#include "ops/select_kernels.h"

typedef struct sg_index_options {
  int64_t dim;
} sg_index_options;

// Rejects an index outside the extent of dimension `dim` of input 0.
sg_status sg_index_check(const sg_plan *plan, int dim);
// Resolves `dim` and checks that the index is a vector (or scalar) of positions in it.
sg_status sg_index_prepare(const sg_plan *plan, int *dim);
// x as (outer, extent, inner) around the dimension, and the index.
index_arguments sg_index_arguments(sg_context *context, const sg_shape *x, int64_t dim, const sg_tensor *index);

// The same for an index of x's rank whose extents in the other dimensions do not exceed those of x.
sg_status sg_lines_prepare(const sg_plan *plan, int *dim);
// The lines of input 1 along the dimension and where they lie in input 0.
line_arguments sg_line_arguments(const sg_call *call, int64_t dim);

// ---- Sums at indexed positions (ops/kernels/crowd.h) ------------------------------------------------

// Scratch for adding `count` rows, of `row` elements altogether, to the `extent` positions of a dimension.
size_t sg_index_add_scratch(sg_dtype dtype, int64_t extent, int64_t count, int64_t row);
// target += source, at the positions of the index.
void sg_index_add_run(sg_context *context, sg_dtype dtype, index_arguments *a, void *scratch);

// Scratch for adding `count` elements of each of `lines` lines to `extent` positions, none of which gets more than
// `visits` of a line.
size_t sg_lines_scatter_scratch(sg_dtype dtype, int64_t lines, int64_t extent, int64_t count, int64_t visits);
void sg_lines_scatter_run(sg_context *context, sg_dtype dtype, line_arguments *a, int64_t visits, void *scratch);

#endif
