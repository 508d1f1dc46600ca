// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/indices.h"
#include "ops/shape/strided.h"

sg_status sg_index_check(const sg_plan *plan, int dim) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  const int64_t *index = sg_tensor_data(plan->inputs[1]);
  int64_t count = sg_tensor_elements(plan->inputs[1]), base = sg_index_base(plan->context);
  for (int64_t i = 0; i < count; i++) {
    if (index[i] >= base && index[i] - base < x->size[dim]) continue;
    return sg_reject(plan, "%s holds %lld (element %lld), expected %lld..%lld (dimension %lld of %s %s)",
                     sg_op_inputs(plan->op)[1].name, (long long)index[i], (long long)(i + base), (long long)base,
                     (long long)(x->size[dim] - 1 + base), (long long)(dim + base), sg_op_inputs(plan->op)[0].name,
                     sg_shape_text(x).text);
  }
  return SG_OK;
}

sg_status sg_index_prepare(const sg_plan *plan, int *dim) {
  const sg_index_options *options = plan->options;
  const sg_shape *index = sg_plan_shape(plan, 1);
  if (sg_plan_dimension(plan, 0, options->dim, dim)) return sg_error_status(plan->context);
  if (index->rank > 1) return sg_reject(plan, "index has shape %s, expected a vector", sg_shape_text(index).text);
  return sg_index_check(plan, *dim);
}

index_arguments sg_index_arguments(sg_context *context, const sg_shape *x, int64_t dim, const sg_tensor *index) {
  int d = sg_shape_dimension(x, dim);
  index_arguments a = {.index = sg_tensor_data(index), .base = sg_index_base(context), .outer = 1, .inner = 1};
  for (int i = 0; i < d; i++) a.outer *= x->size[i];
  for (int i = d + 1; i < x->rank; i++) a.inner *= x->size[i];
  a.extent = x->size[d];
  a.count = sg_tensor_elements(index);
  return a;
}

sg_status sg_lines_prepare(const sg_plan *plan, int *dim) {
  const sg_index_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0), *index = sg_plan_shape(plan, 1);
  if (sg_plan_dimension(plan, 0, options->dim, dim)) return sg_error_status(plan->context);
  bool fits = index->rank == x->rank;
  for (int d = 0; fits && d < x->rank; d++) fits = d == *dim || index->size[d] <= x->size[d];
  if (!fits)
    return sg_reject(plan, "index has shape %s, expected that of x %s or smaller in all dimensions but %d",
                     sg_shape_text(index).text, sg_shape_text(x).text, *dim + sg_index_base(plan->context));
  return sg_index_check(plan, *dim);
}

line_arguments sg_line_arguments(const sg_call *call, int64_t dim) {
  const sg_shape *x = sg_tensor_shape(call->inputs[0]), *index = sg_tensor_shape(call->inputs[1]);
  int along = sg_shape_dimension(x, dim);
  int64_t x_strides[SG_MAX_RANK], index_strides[SG_MAX_RANK];
  sg_strides(x, x_strides);
  sg_strides(index, index_strides);
  line_arguments a = {.index = sg_tensor_data(call->inputs[1]),
                      .base = sg_index_base(call->context),
                      .count = index->size[along],
                      .line_step = index_strides[along],
                      .grid_step = x_strides[along],
                      .extent = x->size[along],
                      .lines = 1};
  for (int d = 0; d < x->rank; d++) {
    if (d == along) continue;
    a.size[a.rank] = index->size[d];
    a.line_stride[a.rank] = index_strides[d];
    a.grid_stride[a.rank++] = x_strides[d];
    a.lines *= index->size[d];
  }
  return a;
}

// ---- Sums at indexed positions ----------------------------------------------------------------------

enum { BLOCKS_AT_MOST = 16 };

static int64_t seats_of(sg_dtype dtype, int64_t extent, int64_t count, int64_t visits) {
  return dtype == SG_F32 && visits > CROWD ? crowd_seats(extent, count) : 0;
}

size_t sg_index_add_scratch(sg_dtype dtype, int64_t extent, int64_t count, int64_t row) {
  int64_t seats = seats_of(dtype, extent, count, count);
  return seats > 0 ? crowd_bytes(extent, count, seats) + (size_t)(seats * row) * sizeof(double) : 0;
}

void sg_index_add_run(sg_context *context, sg_dtype dtype, index_arguments *a, void *scratch) {
  int64_t seats = a->outer * a->inner > 0 ? seats_of(dtype, a->extent, a->count, a->count) : 0;
  a->seats = 0;
  if (seats > 0) {
    a->crowd = crowd_at(scratch, a->extent, seats);
    a->seats = crowd_take_seats(&a->crowd, a->index, 1, a->count, a->base);
    a->sums = (double *)(void *)((char *)scratch + crowd_bytes(a->extent, a->count, seats));
  }
  a->blocks = (a->inner + INDEX_COLUMNS - 1) / INDEX_COLUMNS;
  int64_t width = a->inner < INDEX_COLUMNS ? a->inner : INDEX_COLUMNS;
  sg_parallel(context, a->outer * a->blocks, sg_grain(a->count * width > 0 ? a->count * width : 1),
              sg_kernels_for(context, dtype)->index->add, a);
}

static int64_t blocks_of(int64_t lines) { return lines < BLOCKS_AT_MOST ? lines : BLOCKS_AT_MOST; }

size_t sg_lines_scatter_scratch(sg_dtype dtype, int64_t lines, int64_t extent, int64_t count, int64_t visits) {
  int64_t seats = seats_of(dtype, extent, count, visits);
  return seats > 0 ? (size_t)blocks_of(lines) * index_block_bytes(extent, count, seats) : 0;
}

void sg_lines_scatter_run(sg_context *context, sg_dtype dtype, line_arguments *a, int64_t visits, void *scratch) {
  const index_kernels *kernels = sg_kernels_for(context, dtype)->index;
  int64_t line = a->count + (a->clear ? a->extent : 0);
  a->seats = seats_of(dtype, a->extent, a->count, visits);
  if (a->seats == 0) {
    sg_parallel(context, a->lines, sg_grain(line), kernels->scatter_add, a);
    return;
  }
  a->blocks = blocks_of(a->lines);
  a->block_bytes = index_block_bytes(a->extent, a->count, a->seats);
  a->space = scratch;
  sg_parallel(context, a->blocks, 1, kernels->scatter_crowds, a);
}
