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

#endif
