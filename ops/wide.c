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

// ---- Elements out of range ------------------------------------------------------------------------------

enum { BLOCK = 1024 };

static bool is_outside(double x, double low, double high, bool nan_passes) {
  return nan_passes ? x < low || x > high : !(x >= low && x <= high);
}

// Without a branch for each element.
static bool some_outside(const sg_tensor *x, int64_t from, int64_t count, double low, double high,
                         bool nan_passes) {
  int found = 0;
  if (sg_tensor_dtype(x) == SG_F32) {
    const float *data = (const float *)sg_tensor_data(x) + from;
    for (int64_t i = 0; i < count; i++) found |= is_outside((double)data[i], low, high, nan_passes);
  } else {
    const double *data = (const double *)sg_tensor_data(x) + from;
    for (int64_t i = 0; i < count; i++) found |= is_outside(data[i], low, high, nan_passes);
  }
  return found;
}

int64_t sg_first_outside(const sg_tensor *x, double low, double high, bool nan_passes) {
  const int64_t elements = x ? sg_tensor_elements(x) : 0;
  for (int64_t from = 0; from < elements; from += BLOCK) {
    const int64_t count = elements - from < BLOCK ? elements - from : BLOCK;
    if (!some_outside(x, from, count, low, high, nan_passes)) continue;
    for (int64_t i = from;; i++)
      if (is_outside(sg_tensor_value(x, i), low, high, nan_passes)) return i;
  }
  return -1;
}
