// SPDX-License-Identifier: GPL-3.0-or-later
//
// What carries a gradient, and what functions of the user's may do with it. Marks lie in tensors and storages;
// custom.h says what they mean.
#include "autograd/guard.h"

#include <stdio.h>

#include "autograd/custom.h"

// The number at which a tensor was severed, 0 when it is not.
static uint64_t severed_at(const sg_tensor *tensor) {
  if (tensor->severed) return tensor->severed;
  const sg_storage *storage = tensor->storage;
  if (!storage->severed || tensor->node) return 0; // what has a producer has its own graph
  const sg_custom_guard *guard = &tensor->context->guard;
  if (tensor->detached && guard->in_backward) return 0;
  return storage->made_in_forward || storage->severed >= guard->since ? storage->severed : 0;
}

bool sg_tensor_is_severed(const sg_tensor *tensor) { return severed_at(tensor) != 0; }

void sg_custom_constant(sg_tensor *result) { result->severed = result->storage->severed = 0; }

static sg_status refuse_lost(sg_context *context, const char *user, const char *name, const sg_tensor *tensor) {
  sg_text shape = sg_shape_text(&tensor->shape);
  if (context->guard.kind == SG_GUARD_FORWARD) {
    return sg_error(context, SG_INVALID_STATE,
                    "%s: %s %s requires a gradient, which would be lost: the forward of a custom op is not "
                    "recorded. Make the tensor an argument of the op, or detach() it",
                    user, name, shape.text);
  }
  return sg_error(context, SG_INVALID_STATE,
                  "%s: %s %s carries a gradient, which would be lost: recording is off inside a backward that is "
                  "being differentiated (create_graph). Compute with recording on, or detach() it",
                  user, name, shape.text);
}

static sg_status refuse_severed(sg_context *context, const char *user, const char *name, const sg_tensor *tensor) {
  sg_text shape = sg_shape_text(&tensor->shape);
  if (tensor->graphless) {
    return sg_error(context, SG_INVALID_STATE,
                    "%s: %s %s is a gradient that was taken without create_graph, so it has no graph, and a second "
                    "derivative would be wrong. Take it with create_graph, or detach() it if it is meant to be "
                    "constant",
                    user, name, shape.text);
  }
  return sg_error(context, SG_INVALID_STATE,
                  "%s: %s %s was computed in the forward of a custom op and depends on its arguments, but has no "
                  "graph, so a second derivative (create_graph) would be wrong. Compute it again in backward from "
                  "saved arguments or results, or detach() it there if it is meant to be constant",
                  user, name, shape.text);
}

// Whether a mark is of a function around the recorded backward that is running, and not of a forward inside of it.
static bool is_foreign(const sg_custom_guard *guard, uint64_t mark) {
  return mark && guard->in_backward && !(guard->kind == SG_GUARD_FORWARD && mark >= guard->forward);
}

sg_status sg_guard_use(sg_context *context, const char *user, const char *name, const sg_tensor *tensor) {
  if (tensor->requires_grad && !context->grad_enabled) return refuse_lost(context, user, name, tensor);
  if (is_foreign(&context->guard, severed_at(tensor))) return refuse_severed(context, user, name, tensor);
  return SG_OK;
}

sg_status sg_guard_inputs(const sg_plan *plan, sg_marks *marks) {
  *marks = (sg_marks){0};
  for (int i = 0; i < plan->input_count; i++) {
    const sg_port *port = sg_op_input_port(plan->op, i);
    const sg_tensor *input = plan->inputs[i];
    if (!input || port->flags & SG_STEP || (port->flags & SG_INDEX && !(port->flags & SG_FLOATING_TOO))) continue;
    if (sg_guard_use(plan->context, plan->op->name, port->name, input)) return plan->context->status;
    if (sg_tensor_is_severed(input)) marks->severed = plan->context->custom_number;
    marks->detached |= input->detached;
  }
  return SG_OK;
}

// Outside of watched functions marks spread to what is not recorded alone; what is has a graph to be judged by.
void sg_guard_outputs(const sg_op *op, sg_marks marks, int count, sg_tensor *const *outputs) {
  for (int p = 0; p < count; p++) {
    const sg_context *context = outputs[p]->context;
    if (sg_op_output_port(op, p)->flags & (SG_STEP | SG_INDEX) || !sg_dtype_is_floating(outputs[p]->dtype))
      continue;
    if (sg_is_watched(context) || (context->guard.kind == SG_GUARD_NONE && !outputs[p]->node)) {
      outputs[p]->severed = marks.severed;
      outputs[p]->detached = marks.detached;
    }
  }
}

void sg_guard_copy(const sg_tensor *source, sg_tensor *copy) {
  const sg_custom_guard *guard = &source->context->guard;
  if (guard->kind == SG_GUARD_FORWARD && sg_dtype_is_floating(copy->dtype)) copy->severed = severed_at(source);
  if (sg_is_watched(source->context) && guard->in_backward)
    copy->detached = source->requires_grad || source->detached || severed_at(source);
}

void sg_guard_gradient(sg_tensor *gradient, bool create_graph) {
  const sg_context *context = gradient->context;
  bool graphless = context->guard.kind == SG_GUARD_BACKWARD && !create_graph;
  if (context->guard.kind != SG_GUARD_FORWARD && !graphless) return;
  gradient->severed = context->custom_number;
  gradient->graphless = graphless;
}

// A .grad may be somebody else's, who goes on using it: what is written there is state.
void sg_guard_grad(sg_tensor *grad, bool create_graph) {
  sg_context *context = grad->context;
  grad->graphless = context->guard.kind == SG_GUARD_BACKWARD && !create_graph;
  if (context->guard.kind == SG_GUARD_FORWARD)
    grad->severed = context->custom_number;
  else if (grad->graphless)
    grad->storage->severed = context->custom_number;
}

sg_status sg_guard_requires_grad(const sg_tensor *tensor, bool requires_grad) {
  sg_context *context = tensor->context;
  sg_text shape = sg_shape_text(&tensor->shape);
  if (tensor->requires_grad && !requires_grad) {
    return sg_error(context, SG_INVALID_STATE,
                    "requires_grad: the tensor %s would lose its gradient inside a function of a custom op; use a "
                    "detach()ed one where it is meant to be constant",
                    shape.text);
  }
  if (!requires_grad || !tensor->detached || !context->guard.in_backward) return SG_OK;
  return sg_error(context, SG_INVALID_STATE,
                  "requires_grad: the tensor %s was detached in a backward that is being differentiated "
                  "(create_graph): a gradient taken with respect to it would be constant there. Compute with the "
                  "saved tensor itself, or declare the op once_differentiable",
                  shape.text);
}

sg_status sg_tensor_may_receive(sg_tensor *target, const sg_tensor *source, const char *writer) {
  sg_context *context = target->context;
  if (context->status || context->guard.kind == SG_GUARD_PASS) return context->status;
  if (sg_is_watched(context) && sg_guard_use(context, writer, "the source", source)) return context->status;
  uint64_t mark = sg_is_watched(context) ? severed_at(source) : source->severed;
  if (!mark || !sg_dtype_is_floating(target->dtype)) return SG_OK;
  target->storage->severed = sg_is_watched(context) ? context->custom_number : mark;
  // What was made outside is state, such as a running average, for the forwards after this one.
  if (target->storage->made_in_forward) target->severed = target->storage->severed;
  return SG_OK;
}

sg_status sg_guard_numbers(const sg_tensor *tensor, const char *reader) {
  sg_context *context = tensor->context;
  sg_custom_guard *guard = &context->guard;
  if (!sg_is_watched(context) || context->status) return context->status;
  uint64_t mark = severed_at(tensor);
  if (!mark && !tensor->requires_grad) return SG_OK;
  if (is_foreign(guard, mark ? mark : 1)) {
    return sg_error(context, SG_INVALID_STATE,
                    "%s: a number has no graph, and this backward is being differentiated (create_graph). Compute "
                    "with tensors, detach() this one if it is meant to be constant, or declare the op "
                    "once_differentiable",
                    reader);
  }
  if (!mark) mark = 1; // of a time before every forward
  if (!guard->numbers_from || mark < guard->numbers_from) guard->numbers_from = mark;
  return SG_OK;
}

sg_status sg_custom_check_gradient(sg_context *context, const sg_tensor *gradient, const char *op,
                                   const char *argument) {
  if (context->status || !sg_is_watched(context) || !is_foreign(&context->guard, severed_at(gradient)))
    return context->status;
  sg_text function, name;
  snprintf(function.text, sizeof function.text, "backward of %.170s", op);
  snprintf(name.text, sizeof name.text, "the gradient of %.170s", argument);
  return refuse_severed(context, function.text, name.text, gradient);
}
