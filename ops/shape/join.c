// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/join.h"
#include "ops/ops.h"
#include "ops/shape/strided.h"
#include "ops/shape/view.h"

typedef struct join {
  int dim;
  int64_t outer, run; // y as (outer, run): what lies before dim, and the rest
} join;

sg_status sg_join_plan(sg_plan *plan, const sg_shape *y, int dim) {
  join *j = plan->own;
  int64_t strides[SG_MAX_RANK];
  sg_strides(y, strides);
  j->dim = dim;
  j->outer = 1;
  // Beside an extent of 0 these may be of any size, and mean nothing.
  for (int d = 0; d < dim; d++) (void)__builtin_mul_overflow(j->outer, y->size[d], &j->outer);
  (void)__builtin_mul_overflow(y->size[dim], strides[dim], &j->run);
  plan->output_shape[0] = *y;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  return SG_OK;
}

sg_status sg_join_end_to_end(sg_plan *plan, int rank, int dim) {
  const sg_shape first = sg_view_at_least(sg_plan_shape(plan, 0), rank);
  const int base = sg_index_base(plan->context);
  sg_shape y = first;
  for (int i = 1; i < plan->input_count; i++) {
    const sg_shape shape = sg_view_at_least(sg_plan_shape(plan, i), rank);
    sg_shape expected = first;
    if (shape.rank == first.rank) expected.size[dim] = shape.size[dim];
    if (!sg_shape_equal(&shape, &expected))
      return sg_reject(plan, "tensor %d has shape %s, the first one %s: they may differ in dimension %d only",
                       i + base, sg_shape_text(&shape).text, sg_shape_text(&first).text, dim + base);
    if (__builtin_add_overflow(y.size[dim], shape.size[dim], &y.size[dim]))
      return sg_reject(plan, "the tensors are too large together");
  }
  return sg_join_plan(plan, &y, dim);
}

static sg_status prepare(sg_plan *plan) {
  const sg_join_member *member = plan->op->member;
  const int last = sg_view_at_least(sg_plan_shape(plan, 0), member->rank).rank - 1;
  return sg_join_end_to_end(plan, member->rank, member->dim < last ? member->dim : last);
}

static void forward(const sg_call *call) {
  const join *j = call->plan;
  sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  char *target = sg_output_data(call->outputs[0]);
  for (int i = 0; i < call->input_count; i++) {
    int64_t run = sg_tensor_elements(call->inputs[i]) / j->outer;
    copy_arguments copy = {.rank = 2,
                           .size = {j->outer, run},
                           .target_stride = {j->run, 1},
                           .source_stride = {run, 1},
                           .target = target,
                           .source = sg_tensor_data(call->inputs[i])};
    sg_strided_copy(call->context, dtype, &copy);
    target += (size_t)run * sg_dtype_bytes(dtype);
  }
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  int dim = ((const join *)call->plan)->dim;
  int64_t start = 0;
  for (int i = 0; i < call->input_count; i++) {
    const sg_shape *x = &call->input_shapes[i];
    bool joined = x->rank == call->output_shapes[0].rank;
    int64_t extent = joined ? x->size[dim] : 1;
    if (call->needs[i]) {
      sg_tensor *part = sg_narrow(c, call->d_outputs[0], dim, start, extent);
      call->d_inputs[i] = joined ? part : sg_reshape(c, part, x);
    }
    start += extent;
  }
}

const sg_op sg_join_family = {
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "tensors that differ in the extent of dim only"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the tensors, joined"}),
    SG_PLANNED(join, prepare, forward, vjp),
};
