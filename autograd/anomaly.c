// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/anomaly.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "autograd/anomaly_check.h"
#include "autograd/dtype.h"
#include "autograd/internal.h"

bool sg_set_detect_anomaly(sg_context *context, bool enabled) {
  const bool before = context->detects_anomaly;
  context->detects_anomaly = enabled;
  return before;
}

bool sg_detects_anomaly(const sg_context *context) { return context->detects_anomaly; }

// ---- What is not finite ---------------------------------------------------------------------------

// The first element that is not finite (or with `nan` that is NaN), or -1.
static int64_t first_unusual(const sg_tensor *tensor, bool nan) {
  if (!tensor || !sg_dtype_is_floating(tensor->dtype)) return -1;
  for (int64_t i = 0; i < tensor->elements; i++) {
    const double value = sg_tensor_value(tensor, i);
    if (nan ? isnan(value) : !isfinite(value)) return i;
  }
  return -1;
}

static bool all_finite(int count, sg_tensor *const *tensors) {
  for (int i = 0; i < count; i++) {
    if (first_unusual(tensors[i], false) >= 0) return false;
  }
  return true;
}

// "nan at element [2, 3]", as the context counts.
static sg_text describe(const sg_tensor *tensor, int64_t position) {
  const double value = sg_tensor_value(tensor, position);
  sg_shape index = tensor->shape;
  for (int d = index.rank - 1; d >= 0; d--) {
    const int64_t size = index.size[d];
    index.size[d] = position % size + tensor->context->index_base;
    position /= size;
  }
  sg_text text;
  snprintf(text.text, sizeof text.text, "%s at element %.*s",
           isnan(value) ? "nan"
           : value > 0  ? "inf"
                        : "-inf",
           (int)sizeof text.text - 32, sg_shape_text(&index).text);
  return text;
}

// ---- Checks ---------------------------------------------------------------------------------------

sg_status sg_anomaly_check_forward(const sg_plan *plan, sg_tensor *const *outputs) {
  sg_context *context = plan->context;
  const sg_op *op = plan->op;
  for (int i = 0; i < plan->input_count; i++) {
    const int64_t at = first_unusual(plan->inputs[i], true);
    if (at < 0) continue;
    return sg_error(context, SG_INVALID_STATE, "%s: anomaly: the input %s %s is %s, and came in from outside",
                    op->name, sg_op_input_port(op, i)->name, sg_shape_text(&plan->inputs[i]->shape).text,
                    describe(plan->inputs[i], at).text);
  }
  // What is made without inputs is as it was asked for.
  if (plan->input_count == 0 || !all_finite(plan->input_count, plan->inputs)) return SG_OK;
  for (int p = 0; p < plan->output_count; p++) {
    const int64_t at = first_unusual(outputs[p], false);
    if (at < 0) continue;
    return sg_error(context, SG_INVALID_STATE, "%s: anomaly: its inputs are finite, and its result %s %s is %s",
                    op->name, sg_op_output_port(op, p)->name, sg_shape_text(&outputs[p]->shape).text,
                    describe(outputs[p], at).text);
  }
  return SG_OK;
}

sg_status sg_anomaly_check_backward(const sg_node *node, sg_tensor *const *d_inputs, const bool *needs) {
  if (!all_finite(node->output_count, node->cotangents)) return SG_OK;
  for (int i = 0; i < node->input_count; i++) {
    const int64_t at = needs[i] ? first_unusual(d_inputs[i], false) : -1;
    if (at < 0) continue;
    return sg_error(node->context, SG_INVALID_STATE,
                    "backward of %s: anomaly: what arrives is finite, and the gradient of %s %s is %s%s%s",
                    node->op->name, sg_node_value_name(node, false, i).text,
                    sg_shape_text(&node->input_shapes[i]).text, describe(d_inputs[i], at).text,
                    node->place ? "; the op was applied at " : "", node->place ? node->place : "");
  }
  return SG_OK;
}

sg_status sg_anomaly_note_place(sg_node *node) {
  sg_context *context = node->context;
  if (!context->place) return SG_OK;
  node->place = sg_memory_take(context, SG_PLACE_BYTES);
  if (!node->place) return context->status;
  node->place[0] = 0;
  context->place(context->place_user, node->place, SG_PLACE_BYTES);
  return SG_OK;
}
