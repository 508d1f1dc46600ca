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
line_arguments sg_line_arguments(const sg_call *call, int64_t dim, int64_t *lines);

#endif
