// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/join.h"
#include "ops/ops.h"
#include "ops/shape/strided.h"

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
    .options_bytes = sizeof(sg_join_options),
    .defaults = &(const sg_join_options){0},
    .plan_bytes = sizeof(join),
    .forward = forward,
    .vjp = vjp,
};
