// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/execute.h"
#include "autograd/internal.h"

const void *sg_input_data(const sg_call *call, int input) {
  return call->inputs[input] ? call->inputs[input]->data : NULL;
}

void *sg_gradient_data(const sg_call *call, int input) {
  return call->d_inputs[input] ? call->d_inputs[input]->data : NULL;
}

// What has no element is not computed: an extent beside one of zero may be of any size, and no op has to think of
// loops over such extents.
static bool have_elements(int count, sg_tensor *const *tensors) {
  for (int i = 0; i < count; i++) {
    if (tensors[i] && tensors[i]->elements) return true;
  }
  return false;
}

void sg_execute_forward(const sg_call *call, bool is_view) {
  if (!is_view && have_elements(call->output_count, call->outputs)) sg_op_forward(call->op)(call);
}

void sg_execute_backward(const sg_call *call) {
  if (have_elements(call->input_count, call->d_inputs)) sg_op_backward(call->op)(call);
}
