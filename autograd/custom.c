// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops whose forward is a user's function: what they may do, and how their results join the tape.
#include "autograd/custom.h"

#include "autograd/anomaly_check.h"
#include "autograd/internal.h"

// ---- Entering and leaving -----------------------------------------------------------------------------------

uint64_t sg_custom_number(sg_context *context) { return ++context->custom_number; }

static sg_custom_region region_of(const sg_context *context) {
  return (sg_custom_region){context->grad_enabled, context->guard};
}

// Where nothing is recorded and nobody watches, nothing can get lost.
sg_custom_region sg_custom_enter_forward(sg_context *context, uint64_t number) {
  sg_custom_region before = region_of(context);
  sg_custom_guard *guard = &context->guard;
  if (context->grad_enabled && guard->kind != SG_GUARD_FORWARD) {
    guard->kind = SG_GUARD_FORWARD;
    guard->forward = number;
    if (!guard->in_backward) guard->since = number;
  }
  guard->innermost = number;
  guard->numbers_from = 0;
  context->grad_enabled = false;
  return before;
}

sg_custom_region sg_custom_enter_backward(sg_context *context, uint64_t number) {
  sg_custom_region before = region_of(context);
  sg_custom_guard *guard = &context->guard;
  if (!context->grad_enabled) {
    *guard = (sg_custom_guard){.kind = SG_GUARD_PASS};
    return before;
  }
  if (!guard->in_backward || number < guard->since) guard->since = number;
  guard->kind = SG_GUARD_BACKWARD;
  guard->in_backward = true;
  return before;
}

// Numbers out of what is older than a forward are those of the forward around it, too.
bool sg_custom_leave(sg_context *context, sg_custom_region region) {
  const sg_custom_guard guard = context->guard;
  uint64_t from = guard.kind == SG_GUARD_FORWARD ? guard.numbers_from : 0;
  context->grad_enabled = region.recording;
  context->guard = region.guard;
  bool of_outer = from && from < guard.innermost && region.guard.kind == SG_GUARD_FORWARD;
  uint64_t *outer = &context->guard.numbers_from;
  if (of_outer && (!*outer || from < *outer)) *outer = from;
  return from != 0;
}

sg_tensor *sg_custom_leaf(sg_context *context, sg_tensor *tensor) { return sg_tensor_alias(context, tensor); }

// ---- One application ----------------------------------------------------------------------------------------

static const char *argument_name(const sg_op *op, int position) {
  const char *name = sg_op_input_port(op, position)->name;
  return name ? name : "an argument";
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
    if (sg_is_watched(context) && sg_guard_use(context, op->name, name, tensor)) return context->status;
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

bool sg_custom_hides(const sg_context *context, const sg_tensor *argument) {
  return argument->requires_grad || (sg_is_watched(context) && sg_tensor_is_severed(argument));
}

sg_tensor *sg_custom_argument(sg_context *context, sg_tensor *argument) {
  sg_tensor *alias = sg_tensor_alias(context, argument);
  if (!alias) return NULL;
  bool severed = context->grad_enabled || sg_tensor_is_severed(argument);
  alias->severed = severed ? context->custom_number : 0;
  alias->detached = false;
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
  node->saves = true;
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

static bool is_argument(const sg_tensor *tensor, int input_count, const sg_custom_value *inputs) {
  for (int i = 0; i < input_count; i++) {
    if (inputs[i].tensor == tensor && !inputs[i].constant) return true;
  }
  return false;
}

static sg_status check_results(sg_context *context, const sg_op *op, int input_count, const sg_custom_value *inputs,
                               int output_count, const sg_custom_value *results) {
  if (output_count < 1 || output_count > SG_MAX_PORTS) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s: forward gave %d results, expected 1 to %d", op->name,
                    output_count, SG_MAX_PORTS);
  }
  for (int p = 0; p < output_count; p++) {
    const sg_tensor *result = results[p].tensor;
    int number = p + context->index_base;
    if (!result) return sg_error(context, SG_INVALID_ARGUMENT, "%s: result %d is missing", op->name, number);
    if (result->context != context) {
      return sg_error(context, SG_INVALID_ARGUMENT, "%s: result %d belongs to another context", op->name, number);
    }
    if (!context->grad_enabled || !result->requires_grad || is_argument(result, input_count, inputs)) continue;
    return sg_error(context, SG_INVALID_STATE,
                    "%s: result %d of forward requires a gradient of its own, which would be lost; make the tensor "
                    "an argument of the op, or detach() it",
                    op->name, number);
  }
  return context->status;
}

// In the forward of another op, the result of what is severed is severed. Outside, it is when nothing was recorded.
static uint64_t mark_of(const sg_tensor *result, bool recorded, bool severed) {
  const sg_context *context = result->context;
  if (context->guard.kind == SG_GUARD_NONE && !recorded) return result->severed;
  if (context->guard.kind != SG_GUARD_FORWARD) return 0;
  return severed || sg_tensor_is_severed(result) ? context->custom_number : 0;
}

sg_status sg_custom_record(sg_context *context, const sg_op *op, int input_count, const sg_custom_value *inputs,
                           int output_count, const sg_custom_value *results, const void *options, bool *recorded,
                           sg_tensor **outputs) {
  sg_tensor *aliases[SG_MAX_PORTS] = {NULL}, *made[SG_MAX_PORTS] = {NULL};
  bool severed;
  *recorded = false;
  if (context->status || check_results(context, op, input_count, inputs, output_count, results) ||
      sg_scope_reserve(context, (size_t)output_count))
    return context->status;
  bool record = to_be_recorded(context, input_count, inputs, output_count, results, &severed);
  sg_plan plan = {.context = context, .op = op, .options = options, .input_count = input_count};
  sg_node *node = record ? sg_node_make(&plan, output_count) : NULL;
  for (int p = 0; p < output_count && !context->status; p++) {
    sg_tensor *result = results[p].tensor;
    made[p] = sg_make_alias(context, result, &result->shape, 0);
    if (made[p] && node && results[p].saved) aliases[p] = sg_make_alias(context, result, &result->shape, 0);
    if (made[p] && is_differentiable(&results[p])) made[p]->severed = mark_of(result, node != NULL, severed);
  }
  if (context->detects_anomaly && node && !context->status) sg_anomaly_note_place(node);
  if (context->status) {
    for (int p = 0; p < output_count; p++) sg_release(made[p]), sg_release(aliases[p]);
    sg_node_discard(node);
    sg_error_prefix(context, "%s: ", op->name);
    return context->status;
  }
  if (node) {
    sg_node_take_options(node, &plan);
    link(node, inputs, results, made, aliases);
    *recorded = true;
  }
  for (int p = 0; p < output_count; p++) outputs[p] = sg_scope_adopt(context, made[p]);
  return SG_OK;
}
