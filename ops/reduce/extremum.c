// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/extremum.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

static sg_status prepare_reduction(sg_plan *plan, reduce_layout *layout) {
  const sg_reduce_options *options = plan->options;
  const sg_shape *x = sg_plan_shape(plan, 0);
  unsigned reduced;
  if (sg_reduction_dimensions(plan, &options->dim, &reduced)) return sg_error_status(plan->context);
  *layout = sg_reduction_layout(x, reduced);
  if (layout->reduced_elements == 0)
    return sg_reject(plan, "x has shape %s, there is nothing to choose from", sg_shape_text(x).text);
  plan->output_shape[0] = sg_reduction_shape(x, reduced, options->keepdim);
  return SG_OK;
}

sg_status sg_extremum_prepare(sg_plan *plan) {
  reduce_layout layout;
  if (prepare_reduction(plan, &layout)) return sg_error_status(plan->context);
  plan->scratch_bytes = sg_reduction_scratch(&layout);
  return SG_OK;
}

void sg_extremum_forward(const sg_call *call, reduce_kind kind) {
  const sg_reduce_options *options = call->options;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  reduce_layout layout = sg_reduction_layout(x, sg_reduction_mask(x, &options->dim));
  sg_reduction_run(call->context, call->dtype, &layout, kind, sg_tensor_data(call->inputs[0]), NULL, 1,
                   sg_output_data(call->outputs[0]), NULL, call->scratch);
}

// dx = [x == y] dy / (number of elements equal to y), which is constant near x.
sg_tensor *sg_extremum_share(const sg_call *call, sg_tensor *x, sg_tensor *y, sg_tensor *d_y) {
  sg_context *c = call->context;
  const sg_ints *dim = &((const sg_reduce_options *)call->options)->dim;
  const sg_shape *shape = &call->input_shapes[0];
  sg_shape kept = sg_reduction_shape(shape, sg_reduction_mask(shape, dim), true);
  sg_tensor *chosen = sg_eq(c, x, sg_reshape(c, y, &kept));
  sg_tensor *count = sg_sum_to(c, chosen, &kept);
  return sg_mul(c, chosen, sg_div(c, sg_reshape(c, d_y, &kept), count));
}

sg_status sg_position_prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  if (options->dim.count > 1)
    return sg_reject(plan, "dim names %d dimensions, expected one or none", options->dim.count);
  reduce_layout layout;
  return prepare_reduction(plan, &layout);
}

void sg_position_forward(const sg_call *call, bool minimum, sg_tensor *values, sg_tensor *positions) {
  const sg_reduce_options *options = call->options;
  const sg_shape *x = sg_tensor_shape(call->inputs[0]);
  argmax_arguments a = {.x = sg_tensor_data(call->inputs[0]),
                        .count = sg_shape_elements(x),
                        .inner = 1,
                        .base = sg_index_base(call->context),
                        .minimum = minimum,
                        .values = values ? sg_output_data(values) : NULL,
                        .positions = sg_output_data(positions)};
  if (options->dim.count == 1 && x->rank > 0) {
    int dim = sg_shape_dimension(x, options->dim.value[0]);
    a.count = x->size[dim];
    for (int d = dim + 1; d < x->rank; d++) a.inner *= x->size[d];
  }
  sg_parallel(call->context, sg_tensor_elements(positions), sg_grain(a.count),
              sg_kernels_for(call->context, call->dtype)->reduce->argmax, &a);
}

sg_status sg_extremum_along_prepare(sg_plan *plan) {
  if (sg_position_prepare(plan)) return sg_error_status(plan->context);
  const sg_reduce_options *options = plan->options;
  plan->output_shape[1] = plan->output_shape[0];
  bool along = options->dim.count == 1;
  plan->save_inputs = along ? 0 : 1 << 0;
  plan->save_outputs = along ? 1 << 1 : 1 << 0;
  return SG_OK;
}

// Along a dimension the gradient goes to the chosen position; over everything all who share the extremum share it.
void sg_extremum_along_vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_reduce_options *options = call->options;
  const sg_shape *x = &call->input_shapes[0];
  if (options->dim.count == 0) {
    call->d_inputs[0] = sg_extremum_share(call, call->inputs[0], call->outputs[0], call->d_outputs[0]);
  } else if (x->rank == 0) {
    call->d_inputs[0] = call->d_outputs[0];
  } else {
    sg_shape kept = sg_reduction_shape(x, sg_reduction_mask(x, &options->dim), true);
    sg_tensor *index = sg_reshape(c, call->outputs[1], &kept), *d_y = sg_reshape(c, call->d_outputs[0], &kept);
    sg_tensor *zeros = sg_tensor_full(c, call->dtype, x, 0);
    call->d_inputs[0] = sg_scatter_add(c, zeros, index, d_y, options->dim.value[0]);
  }
}
