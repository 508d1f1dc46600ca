// SPDX-License-Identifier: GPL-3.0-or-later
//
// What transpose and permute share: x with its dimensions in another order.
#include "ops/shape/rearrange.h"
#include "ops/shape/strided.h"

void sg_rearrange_prepare(sg_plan *plan, const int *order) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  sg_shape *y = &plan->output_shape[0];
  y->rank = x->rank;
  for (int d = 0; d < x->rank; d++) y->size[d] = x->size[order[d]];
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
}

void sg_rearrange_forward(const sg_call *call, const int *order) {
  const sg_shape *x = sg_tensor_shape(call->inputs[0]), *y = &call->output_shapes[0];
  copy_arguments copy = {
      .rank = x->rank, .target = sg_output_data(call->outputs[0]), .source = sg_tensor_data(call->inputs[0])};
  int64_t x_strides[SG_MAX_RANK];
  sg_strides(x, x_strides);
  sg_strides(y, copy.target_stride);
  for (int d = 0; d < x->rank; d++) {
    copy.size[d] = y->size[d];
    copy.source_stride[d] = x_strides[order[d]];
  }
  sg_strided_copy(call->context, sg_tensor_dtype(call->outputs[0]), &copy);
}
