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
                     plan->op->inputs[1].name, (long long)index[i], (long long)(i + base), (long long)base,
                     (long long)(x->size[dim] - 1 + base), (long long)(dim + base), plan->op->inputs[0].name,
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

line_arguments sg_line_arguments(const sg_call *call, int64_t dim, int64_t *lines) {
  const sg_shape *x = sg_tensor_shape(call->inputs[0]), *index = sg_tensor_shape(call->inputs[1]);
  int along = sg_shape_dimension(x, dim);
  int64_t x_strides[SG_MAX_RANK], index_strides[SG_MAX_RANK];
  sg_strides(x, x_strides);
  sg_strides(index, index_strides);
  line_arguments a = {.index = sg_tensor_data(call->inputs[1]),
                      .base = sg_index_base(call->context),
                      .count = index->size[along],
                      .line_step = index_strides[along],
                      .grid_step = x_strides[along]};
  *lines = 1;
  for (int d = 0; d < x->rank; d++) {
    if (d == along) continue;
    a.size[a.rank] = index->size[d];
    a.line_stride[a.rank] = index_strides[d];
    a.grid_stride[a.rank++] = x_strides[d];
    *lines *= index->size[d];
  }
  return a;
}
