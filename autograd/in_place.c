// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/in_place.h"

#include <string.h>

#include "autograd/internal.h"

static bool share_memory(const sg_tensor *a, const sg_tensor *b) {
  const char *at_a = a->data, *at_b = b->data;
  return a->elements && b->elements && at_a < at_b + sg_tensor_bytes(b) && at_b < at_a + sg_tensor_bytes(a);
}

// The input that written output p is, or -1 after the last of them.
static int written_input(const sg_plan *plan, int p) {
  return sg_op_outputs(plan->op)[p].flags & SG_WRITTEN ? sg_op_written_input(plan->op, p) : -1;
}

static sg_status check_target(const sg_plan *plan, int i, const sg_tensor *target) {
  const char *name = plan->op->name;
  if (!target->requires_grad || !plan->context->grad_enabled) return SG_OK;
  return sg_error(plan->context, SG_INVALID_STATE,
                  "%s: %s %s requires a gradient, so it cannot be written in place while recording is on; do it in "
                  "no_grad, or on a detached copy",
                  name, sg_op_input_port(plan->op, i)->name, sg_shape_text(&target->shape).text);
}

static sg_status check_source(const sg_plan *plan, int i, sg_tensor *target, int target_input) {
  sg_tensor *source = plan->inputs[i];
  const char *name = plan->op->name, *port = sg_op_input_port(plan->op, i)->name;
  if (!source || i == target_input) return SG_OK;
  if (source->requires_grad && plan->context->grad_enabled) {
    return sg_error(plan->context, SG_INVALID_STATE,
                    "%s: %s requires a gradient, which a write in place would lose; use the form that returns a "
                    "new tensor, detach it, or write in no_grad",
                    name, port);
  }
  return sg_tensor_may_receive(target, source, name);
}

static sg_status check_apart(const sg_plan *plan, int p, const sg_tensor *target) {
  for (int other = 0; other < p; other++) {
    const sg_tensor *before = plan->inputs[written_input(plan, other)];
    if (!before || !share_memory(before, target)) continue;
    return sg_reject(plan, "%s and %s share memory, and both are written", sg_op_output_port(plan->op, other)->name,
                     sg_op_output_port(plan->op, p)->name);
  }
  return SG_OK;
}

sg_status sg_in_place_check(const sg_plan *plan) {
  for (int p = 0, input; (input = written_input(plan, p)) >= 0; p++) {
    sg_tensor *target = plan->inputs[input]; // NULL: optional and absent
    if (!target) continue;
    if (check_target(plan, input, target) || check_apart(plan, p, target)) return plan->context->status;
    for (int i = 0; i < plan->input_count; i++) {
      if (check_source(plan, i, target, input)) return plan->context->status;
    }
  }
  return SG_OK;
}

void sg_in_place_preset(sg_plan *plan) {
  for (int p = 0, input; (input = written_input(plan, p)) >= 0; p++) {
    const sg_tensor *target = plan->inputs[input];
    if (!target) continue;
    plan->output_shape[p] = target->shape;
    plan->output_dtype[p] = target->dtype;
  }
}

sg_status sg_in_place_check_results(const sg_plan *plan) {
  for (int p = 0, input; (input = written_input(plan, p)) >= 0; p++) {
    const sg_tensor *target = plan->inputs[input];
    if (!target ||
        (sg_shape_equal(&plan->output_shape[p], &target->shape) && plan->output_dtype[p] == target->dtype))
      continue;
    return sg_reject(plan, "the result is %s %s, and %s is %s %s", sg_dtype_name(plan->output_dtype[p]),
                     sg_shape_text(&plan->output_shape[p]).text, sg_op_input_port(plan->op, input)->name,
                     sg_dtype_name(target->dtype), sg_shape_text(&target->shape).text);
  }
  return SG_OK;
}

void sg_in_place_note(const sg_op *op, sg_tensor *const *outputs) {
  for (const sg_port *port = sg_op_outputs(op); port->flags & SG_WRITTEN; port++, outputs++) {
    if (*outputs) sg_note_write((*outputs)->storage, op->name);
  }
}

bool sg_in_place_disturbs(const sg_plan *plan, int i) {
  const sg_tensor *source = plan->inputs[i];
  bool disturbed = false;
  if (!source) return false;
  for (int p = 0, input; (input = written_input(plan, p)) >= 0; p++) {
    const sg_tensor *target = plan->inputs[input];
    if (input == i) return false; // written itself: sg_in_place_check has a word on that
    if (!target || !share_memory(target, source)) continue;
    bool same = target->data == source->data && target->dtype == source->dtype &&
                sg_shape_equal(&target->shape, &source->shape);
    if (!same || !(sg_op_input_port(plan->op, i)->flags & SG_SAME_PLACE)) disturbed = true;
  }
  return disturbed;
}
