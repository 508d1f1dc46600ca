// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/layout.h"

sg_status sg_layout_plan(sg_plan *plan) {
  copy_arguments *copy = &((sg_layout *)plan->own)->copy;
  int64_t elements;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  // What has no elements is not copied, and its extents may be of any size.
  if (sg_shape_count(&plan->output_shape[0], &elements) && elements > 0) *copy = sg_strided_simplified(copy);
  return SG_OK;
}

sg_status sg_layout_in_order(sg_plan *plan, const int *order, unsigned reversed) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  sg_layout *layout = plan->own;
  copy_arguments *copy = &layout->copy;
  int64_t strides[SG_MAX_RANK];
  if (sg_shape_elements(x) == 0) reversed = 0; // there are no ends to begin at
  sg_strides(x, strides);
  y->rank = copy->rank = x->rank;
  for (int d = 0; d < x->rank; d++) {
    const int64_t stride = strides[order[d]];
    const bool back = reversed >> order[d] & 1;
    y->size[d] = copy->size[d] = x->size[order[d]];
    copy->source_stride[d] = back ? -stride : stride;
    if (back) layout->source += (y->size[d] - 1) * stride;
  }
  sg_strides(y, copy->target_stride);
  return sg_layout_plan(plan);
}

sg_status sg_layout_named(const sg_plan *plan, const char *name, const sg_ints *dims, int *resolved) {
  unsigned seen = 0;
  for (int i = 0; i < dims->count; i++) {
    if (sg_plan_dimension(plan, 0, dims->value[i], &resolved[i])) return sg_error_status(plan->context);
    if (seen & 1u << resolved[i])
      return sg_reject(plan, "dimension %d is named twice in %s", resolved[i] + sg_index_base(plan->context), name);
    seen |= 1u << resolved[i];
  }
  return SG_OK;
}

void sg_layout_forward(const sg_call *call) {
  const sg_layout *layout = call->plan;
  sg_dtype dtype = sg_tensor_dtype(call->outputs[0]);
  size_t bytes = sg_dtype_bytes(dtype);
  copy_arguments copy = layout->copy;
  char *y = sg_output_data(call->outputs[0]);
  if (layout->part)
    sg_strided_fill(call->context, dtype, y, sg_tensor_elements(call->outputs[0]), layout->rest);
  copy.target = y + (size_t)layout->target * bytes;
  copy.source = (const char *)sg_input_data(call, 0) + (size_t)layout->source * bytes;
  sg_strided_run(call->context, dtype, &copy);
}

const sg_op sg_layout_family = {
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .plan_bytes = sizeof(sg_layout),
    .forward = sg_layout_forward,
};
