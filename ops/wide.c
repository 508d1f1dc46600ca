// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/wide.h"

#include "ops/ops.h"

sg_call sg_widened(const sg_call *call, sg_tensor **inputs) {
  for (int i = 0; i < call->input_count; i++) {
    sg_tensor *input = call->inputs[i];
    inputs[i] = input && sg_tensor_dtype(input) == SG_F32 ? sg_to(call->context, input, SG_F64) : input;
  }
  sg_call wide = *call;
  wide.inputs = inputs;
  return wide;
}

bool sg_is_within(sg_context *context, sg_tensor *x, double limit) {
  if (!x || sg_tensor_elements(x) == 0) return true;
  const sg_scope scope = sg_scope_open(context);
  sg_tensor *values = sg_tensor_detach(context, x);
  sg_tensor *largest = sg_amax(context, values, NULL), *smallest = sg_amin(context, values, NULL);
  const bool within =
      !sg_error_status(context) && sg_tensor_value(largest, 0) <= limit && sg_tensor_value(smallest, 0) >= -limit;
  sg_scope_close(context, scope);
  return within;
}
