// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops whose forward is a user's function: what they may do, and how their results join the tape.
#include "autograd/custom.h"
#include "autograd/internal.h"

// ---- What carries a gradient --------------------------------------------------------------------------------

bool sg_tensor_is_severed(const sg_tensor *tensor) { return tensor->severed || tensor->storage->severed; }

void sg_custom_constant(sg_tensor *result) { result->severed = result->storage->severed = false; }

static sg_status refuse_lost(sg_context *context, const char *user, const char *name, const sg_tensor *tensor) {
  sg_text shape = sg_shape_text(&tensor->shape);
  if (context->guard == SG_GUARD_FORWARD) {
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
  return sg_error(context, SG_INVALID_STATE,
                  "%s: %s %s was computed in the forward of a custom op and depends on its arguments, but has no "
                  "graph, so a second derivative (create_graph) would be wrong. Compute it again in backward from "
                  "saved arguments or results, or detach() it there if it is meant to be constant",
                  user, name, sg_shape_text(&tensor->shape).text);
}

// Whether the guard lets a function of the user's use a tensor for something a derivative flows through.
static sg_status guard_use(sg_context *context, const char *user, const char *name, const sg_tensor *tensor) {
  if (tensor->requires_grad && !context->grad_enabled) return refuse_lost(context, user, name, tensor);
  if (context->guard == SG_GUARD_BACKWARD && sg_tensor_is_severed(tensor)) {
    return refuse_severed(context, user, name, tensor);
  }
  return SG_OK;
}

sg_status sg_guard_inputs(const sg_plan *plan, bool *severed) {
  int last = sg_op_input_ports(plan->op) - 1;
  *severed = false;
  for (int i = 0; i < plan->input_count; i++) {
    const sg_port *port = &plan->op->inputs[i < last ? i : last];
    const sg_tensor *input = plan->inputs[i];
    if (!input || port->flags & (SG_STEP | SG_INDEX)) continue;
    if (guard_use(plan->context, plan->op->name, port->name, input)) return plan->context->status;
    if (sg_tensor_is_severed(input)) *severed = true;
  }
  return SG_OK;
}

void sg_guard_outputs(const sg_op *op, int count, sg_tensor *const *outputs) {
  for (int p = 0; p < count; p++) {
    if (op->outputs[p].flags & (SG_STEP | SG_INDEX)) continue;
    outputs[p]->severed = sg_dtype_is_floating(outputs[p]->dtype);
  }
}

sg_status sg_tensor_may_receive(sg_tensor *target, const sg_tensor *source, const char *writer) {
  sg_context *context = target->context;
  if (!context->guard) return context->status;
  if (guard_use(context, writer, "the source", source)) return context->status;
  // What the surrounding forward did not make is state that it updates, such as a running average.
  if (sg_tensor_is_severed(source) && target->storage->made_in_forward) target->storage->severed = true;
  return SG_OK;
}

sg_status sg_tensor_take_numbers(sg_tensor *tensor, const char *reader) {
  sg_context *context = tensor->context;
  if (!context->guard || context->status) return context->status;
  bool severed = sg_tensor_is_severed(tensor);
  if (context->guard == SG_GUARD_FORWARD) {
    context->numbers_taken |= severed;
    return SG_OK;
  }
  if (!severed && !tensor->requires_grad) return SG_OK;
  return sg_error(context, SG_INVALID_STATE,
                  "%s: a number has no graph, and this backward is being differentiated (create_graph). Compute "
                  "with tensors, detach() this one if it is meant to be constant, or declare the op "
                  "once_differentiable",
                  reader);
}

// ---- Entering and leaving -----------------------------------------------------------------------------------

static sg_custom_region region_of(const sg_context *context) {
  return (sg_custom_region){context->grad_enabled, context->numbers_taken, context->guard};
}

// Where nothing is recorded and nobody watches, nothing can get lost.
sg_custom_region sg_custom_enter_forward(sg_context *context) {
  sg_custom_region before = region_of(context);
  if (context->grad_enabled) context->guard = SG_GUARD_FORWARD;
  context->grad_enabled = context->numbers_taken = false;
  return before;
}

sg_custom_region sg_custom_enter_backward(sg_context *context) {
  sg_custom_region before = region_of(context);
  context->guard = context->grad_enabled ? SG_GUARD_BACKWARD : SG_GUARD_NONE;
  return before;
}

bool sg_custom_leave(sg_context *context, sg_custom_region region) {
  bool taken = context->numbers_taken;
  context->grad_enabled = region.recording;
  context->numbers_taken = region.numbers_taken;
  context->guard = region.guard;
  return taken;
}

// ---- One application ----------------------------------------------------------------------------------------

static const char *argument_name(const sg_op *op, int position) {
  int last = sg_op_input_ports(op) - 1;
  return last < 0 ? "an argument" : op->inputs[position < last ? position : last].name;
}

sg_status sg_custom_check(sg_context *context, const sg_op *op, int count, sg_tensor *const *arguments) {
  const sg_tensor *first = NULL;
  for (int i = 0; i < count && !context->status; i++) {
    const sg_tensor *tensor = arguments[i];
    if (!tensor) continue;
    const char *name = argument_name(op, i);
    if (tensor->context != context) {
      return sg_error(context, SG_INVALID_ARGUMENT, "%s: %s belongs to another context", op->name, name);
    }
    if (context->guard && guard_use(context, op->name, name, tensor)) return context->status;
    if (!tensor->requires_grad) continue;
    if (!first) first = tensor;
    if (tensor->dtype == first->dtype) continue;
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "%s: %s has dtype %s, an argument before it %s; those that require a gradient must agree, "
                    "convert one with to()",
                    op->name, name, sg_dtype_name(tensor->dtype), sg_dtype_name(first->dtype));
  }
  return context->status;
}

sg_tensor *sg_custom_argument(sg_context *context, sg_tensor *argument) {
  sg_tensor *alias = sg_tensor_detach(context, argument);
  if (alias) alias->severed = context->grad_enabled || sg_tensor_is_severed(argument);
  return alias;
}

static bool is_differentiable(const sg_custom_value *result) {
  return !result->constant && sg_dtype_is_floating(result->tensor->dtype);
}

static void link(sg_node *node, const sg_custom_value *inputs, const sg_custom_value *results,
                 sg_tensor *const *outputs, sg_tensor *const *aliases) {
  for (int i = 0; i < node->input_count; i++) {
    const sg_custom_value *value = &inputs[i];
    sg_node_link_input(node, i, value->tensor, !value->constant);
    if (value->saved) node->saved_inputs[i] = (sg_saved){sg_retain(value->tensor), value->version};
    if (value->tensor && value->tensor->requires_grad && !value->constant) node->dtype = value->tensor->dtype;
  }
  for (int p = 0; p < node->output_count; p++) {
    outputs[p]->constant = results[p].constant;
    sg_node_link_output(node, p, outputs[p], is_differentiable(&results[p]));
    node->saved_outputs[p] = (sg_saved){aliases[p], results[p].version};
  }
  sg_node_publish(node);
}

static bool to_be_recorded(const sg_context *context, int input_count, const sg_custom_value *inputs,
                           int output_count, const sg_custom_value *results, bool *severed) {
  bool carries = false, differentiable = false;
  *severed = false;
  for (int i = 0; i < input_count; i++) {
    if (!inputs[i].tensor || inputs[i].constant) continue;
    carries |= inputs[i].tensor->requires_grad;
    *severed |= sg_tensor_is_severed(inputs[i].tensor);
  }
  for (int p = 0; p < output_count; p++) differentiable |= is_differentiable(&results[p]);
  return carries && differentiable && context->grad_enabled;
}

sg_status sg_custom_record(sg_context *context, const sg_op *op, int input_count, const sg_custom_value *inputs,
                           int output_count, const sg_custom_value *results, const void *options, bool *recorded,
                           sg_tensor **outputs) {
  sg_tensor *aliases[SG_MAX_PORTS] = {NULL}, *made[SG_MAX_PORTS] = {NULL};
  bool severed;
  *recorded = false;
  if (context->status || sg_scope_reserve(context, (size_t)output_count)) return context->status;
  bool record = to_be_recorded(context, input_count, inputs, output_count, results, &severed);
  sg_plan plan = {.context = context, .op = op, .options = options, .input_count = input_count};
  sg_node *node = record ? sg_node_make(&plan, output_count) : NULL;
  for (int p = 0; p < output_count && !context->status; p++) {
    sg_tensor *result = results[p].tensor;
    made[p] = sg_make_alias(context, result, &result->shape, 0);
    if (made[p] && node && results[p].saved) aliases[p] = sg_make_alias(context, result, &result->shape, 0);
    if (made[p] && !node && context->guard == SG_GUARD_FORWARD) {
      made[p]->severed = severed && is_differentiable(&results[p]);
    }
  }
  if (context->status) {
    for (int p = 0; p < output_count; p++) sg_release(made[p]), sg_release(aliases[p]);
    sg_node_discard(node);
    sg_error_prefix(context, "%s: ", op->name);
    return context->status;
  }
  if (node) {
    sg_node_take_options(node, options);
    link(node, inputs, results, made, aliases);
    *recorded = true;
  }
  for (int p = 0; p < output_count; p++) outputs[p] = sg_scope_adopt(context, made[p]);
  return SG_OK;
}
