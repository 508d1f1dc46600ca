// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops with a tensor of positions along one dimension of x. In two families, by the shape of the index; each has
// one op that takes elements of x and one, its adjoint, that adds elements of `source` to x.
#ifndef SELENOGRAD_INDICES_H
#define SELENOGRAD_INDICES_H

#include "autograd/op.h"
#include "ops/kernels/index.h"
#include "ops/select_kernels.h"

typedef struct sg_index_options {
  int64_t dim;
} sg_index_options;

// index_select, index_add: the index is a vector, for all lines along the dimension.
// gather, scatter_add: it has the rank of x, with positions for every line of its own.
// `member` is the adjoint, a sg_op; the op that adds is the one with three inputs.
extern const sg_op sg_slices_family, sg_lines_family;
extern const sg_op op_index_select, op_index_add, op_gather, op_scatter_add;

// The fused backward of the ones that take.
void sg_take_slices_backward(const sg_call *call);
void sg_take_lines_backward(const sg_call *call);

// What a descriptor begins with: its name, family and adjoint. And options: SG_ALONG(-1)
#define SG_INDEXED(op, of, adjoint) .name = #op, .family = &of, .member = &adjoint
#define SG_ALONG(d) (&(const sg_index_options){d})
// Those of an op whose dimension is the first where it is not given.
#define SG_INDEX_OPTIONS                                                                                           \
  SG_OPTIONS(sg_index_options, SG_CONSTANT(sg_index_options, 0),                                                   \
             SG_OPTION(sg_index_options, dim, DIM, "dimension of the positions; default the first"))

// What check of an op with positions asks: whether all of input `input` are within dimension `dim` of input `of`.
// "gather: index holds 5 (element 2), expected 0..3 (dimension 0 of x [4, 3])"
sg_status sg_index_check(const sg_call *call, int input, int of, int dim);
// The first element of an index that is not within `extent` positions, or -1.
int64_t sg_index_first_outside(const sg_call *call, int input, int64_t extent);

// x as (outer, extent, inner) around a dimension. Beside an extent of 0 these mean nothing.
index_arguments sg_index_slices(const sg_shape *x, int dim, int64_t count);
// The lines of an index along a dimension, and where they lie in x. In prepare, where inputs 0 and 1 are x and an
// index of as many dimensions, no larger in the others, or are rejected.
void sg_index_lines(const sg_shape *x, const sg_shape *index, int dim, line_arguments *lines);
sg_status sg_index_plan_lines(const sg_plan *plan, int64_t dim, int *resolved, line_arguments *lines);

// ---- Sums at indexed positions (ops/kernels/crowd.h) ------------------------------------------------

// Scratch for adding `count` rows, of `row` elements altogether, to the `extent` positions of a dimension; and the
// addition, of what the first fields of `a` describe.
size_t sg_slices_add_scratch(sg_dtype dtype, int64_t extent, int64_t count, int64_t row);
void sg_slices_add_run(sg_context *context, sg_dtype dtype, index_arguments *a, void *scratch);

// Scratch for adding `count` elements of each of `lines` lines to `extent` positions, none of which gets more than
// `visits` of a line.
size_t sg_lines_scatter_scratch(sg_dtype dtype, int64_t lines, int64_t extent, int64_t count, int64_t visits);
void sg_lines_scatter_run(sg_context *context, sg_dtype dtype, line_arguments *a, int64_t visits, void *scratch);

#endif
