// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of one node: the fused backward where there is one and no graph is wanted, else vjp.
#include <stdio.h>
#include <string.h>

#include "autograd/backward.h"
#include "autograd/execute.h"

// Out of line, like all messages with text in them: the checks around it run for every node.
__attribute__((noinline)) static sg_status stale(const sg_node *node, bool output, int position,
                                                 const sg_tensor *tensor) {
  const sg_text name = sg_node_value_name(node, output, position);
  return sg_error(node->context, SG_INVALID_STATE,
                  "backward of %s: %s %s, which its derivative needs, was changed in place by %s after %s ran",
                  node->op->name, name.text, sg_shape_text(&tensor->shape).text, tensor->storage->writer,
                  node->op->name);
}

static sg_status check_saved(const sg_node *node) {
  for (int i = 0; i < node->input_count; i++) {
    const sg_saved *saved = &node->saved_inputs[i];
    if (saved->tensor && saved->tensor->storage->version != saved->version) {
      return stale(node, false, i, saved->tensor);
    }
  }
  for (int i = 0; i < node->output_count; i++) {
    const sg_saved *saved = &node->saved_outputs[i];
    if (saved->tensor && saved->tensor->storage->version != saved->version) {
      return stale(node, true, i, saved->tensor);
    }
  }
  return SG_OK;
}

sg_status sg_derivative_check(const sg_node *node) {
  sg_context *context = node->context;
  if (node->consumed) {
    return sg_error(context, SG_INVALID_STATE,
                    "backward of %s: this graph has been differentiated already and its saved values are freed; "
                    "give the first backward retain_graph = true",
                    node->op->name);
  }
  if (!sg_op_vjp(node->op) && !sg_op_backward(node->op)) {
    return sg_error(context, SG_INVALID_STATE, "backward of %s: this op has no derivative", node->op->name);
  }
  return node->saves ? check_saved(node) : SG_OK;
}

sg_status sg_derivative_open(sg_derivative *d, sg_node *node) {
  sg_context *context = node->context;
  const size_t count = (size_t)node->input_count, outputs = (size_t)node->output_count;
  d->node = node;
  d->block = NULL;
  d->outputs = d->few_outputs;
  d->inputs = d->few_inputs;
  d->d_inputs = d->few_d_inputs;
  d->needs = d->few_needs;
  if (count > SG_FEW_INPUTS || outputs > SG_MAX_PORTS) {
    d->block_bytes = (outputs + 2 * count) * sizeof(sg_tensor *) + count * sizeof(bool);
    d->block = sg_memory_take(context, d->block_bytes);
    if (!d->block) return context->status;
    d->outputs = d->block;
    d->inputs = d->outputs + outputs;
    d->d_inputs = d->inputs + count;
    d->needs = (bool *)(d->d_inputs + count);
  }
  for (size_t i = 0; i < count; i++) d->inputs[i] = d->d_inputs[i] = NULL;
  for (size_t p = 0; p < outputs; p++) d->outputs[p] = NULL;
  return SG_OK;
}

void sg_derivative_close(sg_derivative *d) {
  if (d->block) sg_memory_give(d->node->context, d->block, d->block_bytes);
}

// A saved output is a detached alias; when the derivative itself is recorded, it is linked to its node again.
static sg_tensor *linked_output(sg_node *node, int p) {
  sg_context *context = node->context;
  sg_tensor *alias =
      sg_scope_give(context, sg_make_alias(context, node->saved_outputs[p].tensor, &node->output_shapes[p], 0));
  if (!alias || !sg_port_is_differentiable(sg_op_output_port(node->op, p)) || !sg_dtype_is_floating(alias->dtype))
    return alias;
  alias->node = node;
  alias->output = p;
  alias->requires_grad = true;
  node->references++;
  return alias;
}

// The fused backward reads all that was saved, vjp only what a recorded derivative can follow.
static sg_status load_saved(sg_derivative *d, bool fused, bool create_graph) {
  sg_node *node = d->node;
  if (!node->saves) return SG_OK; // sg_derivative_open has cleared them
  for (int i = 0; i < node->input_count; i++) d->inputs[i] = node->saved_inputs[i].tensor;
  for (int p = 0; p < node->output_count; p++) {
    d->outputs[p] = node->saved_outputs[p].tensor;
    if (!d->outputs[p]) continue;
    if (!fused && sg_op_output_port(node->op, p)->flags & SG_UNDIFFERENTIABLE) d->outputs[p] = NULL;
    if (create_graph && d->outputs[p] && !(d->outputs[p] = linked_output(node, p))) return node->context->status;
  }
  return SG_OK;
}

// An output that nobody used has a cotangent of zeros where the op has asked for them.
static sg_status complete_cotangents(sg_node *node) {
  for (int p = 0; p < node->output_count; p++) {
    if (node->cotangents[p]) continue;
    const sg_port *port = sg_op_output_port(node->op, p);
    if (!(port->flags & SG_ZERO_IF_UNUSED)) continue;
    if (!sg_port_is_differentiable(port) || !sg_dtype_is_floating(node->output_dtypes[p])) continue;
    node->cotangents[p] = sg_make_filled(node->context, node->output_dtypes[p], &node->output_shapes[p], 0);
    if (!node->cotangents[p]) return node->context->status;
  }
  return SG_OK;
}

static void run_fused(sg_derivative *d, sg_call *call) {
  sg_node *node = d->node;
  sg_context *context = node->context;
  for (int i = 0; i < node->input_count; i++) {
    if (!d->needs[i]) continue;
    d->d_inputs[i] = sg_tensor_new(context, node->dtype, &node->input_shapes[i]);
    if (!d->d_inputs[i]) return;
  }
  size_t bytes = node->backward_scratch_bytes;
  if (bytes && !(call->scratch = sg_memory_take(context, bytes))) return;
  sg_execute_backward(call);
  if (bytes) sg_memory_give(context, call->scratch, bytes);
}

void sg_derivative_run(sg_derivative *d, bool create_graph) {
  sg_node *node = d->node;
  sg_context *context = node->context;
  const bool fused = sg_op_backward(node->op) && !create_graph;
  if (!load_saved(d, fused, create_graph) && !complete_cotangents(node)) {
    sg_call call = {.context = context,
                    .op = node->op,
                    .options = node->options,
                    .plan = node->plan,
                    .input_count = node->input_count,
                    .output_count = node->output_count,
                    .inputs = d->inputs,
                    .outputs = d->outputs,
                    .d_outputs = node->cotangents,
                    .d_inputs = d->d_inputs,
                    .needs = d->needs,
                    .input_shapes = node->input_shapes,
                    .output_shapes = node->output_shapes,
                    .dtype = node->dtype};
    if (fused) {
      run_fused(d, &call);
    } else {
      sg_op_vjp(node->op)(&call);
    }
  }
  if (context->status) sg_error_prefix(context, "backward of %s: ", node->op->name);
}

void sg_derivative_part(const sg_node *node, sg_part *part) {
  const sg_call call = {.context = node->context,
                        .op = node->op,
                        .options = node->options,
                        .plan = node->plan,
                        .input_count = node->input_count,
                        .output_count = node->output_count,
                        .input_shapes = node->input_shapes,
                        .output_shapes = node->output_shapes,
                        .dtype = node->dtype};
  sg_op_part(node->op)(&call, part);
}

// The dimensions that a gradient has too much of when dimension 0 of what is expected is its dimension `shift`; 0:
// the others do not agree.
static unsigned unsummed(const sg_shape *gradient, const sg_shape *expected, int shift) {
  unsigned mask = 0;
  for (int i = 0; i < gradient->rank && shift >= 0; i++) {
    const int j = i - shift;
    const bool absent = j < 0 || j >= expected->rank;
    const int64_t size = absent ? 1 : expected->size[j];
    if (size != 1 && size != gradient->size[i]) return 0;
    if (absent || size != gradient->size[i]) mask |= 1u << i;
  }
  return mask;
}

// Aligned at the last dimension, or a vector as the channels of [N, C, L].
static unsigned unsummed_dimensions(const sg_shape *gradient, const sg_shape *expected) {
  const unsigned mask = unsummed(gradient, expected, gradient->rank - expected->rank);
  return mask || expected->rank != 1 || gradient->rank < 3 ? mask : unsummed(gradient, expected, 1);
}

// "; if b was broadcast, the sum over dimensions 1, 3 is missing".
static sg_text missing_sum(const sg_node *node, const sg_tensor *gradient, int input, const char *name) {
  const unsigned mask = unsummed_dimensions(&gradient->shape, &node->input_shapes[input]);
  sg_text text = {""}, dimensions = {""};
  size_t length = 0;
  for (int i = 0; i < SG_MAX_RANK; i++)
    if (mask >> i & 1)
      length += (size_t)snprintf(dimensions.text + length, sizeof dimensions.text - length, "%s%d",
                                 length ? ", " : "", i + sg_index_base(node->context));
  if (mask)
    snprintf(text.text, sizeof text.text, "; if %.80s was broadcast, the sum over dimension%s %.40s is missing",
             name, mask & (mask - 1) ? "s" : "", dimensions.text);
  return text;
}

__attribute__((noinline)) static sg_status refuse_gradient(const sg_node *node, int input,
                                                           const sg_tensor *gradient) {
  sg_context *context = node->context;
  const sg_text name = sg_node_value_name(node, false, input);
  if (!gradient) {
    return sg_error(context, SG_INVALID_STATE, "backward of %s: its derivative gave no gradient for %s",
                    node->op->name, name.text);
  }
  return sg_error(
      context, SG_INVALID_STATE,
      "backward of %s: its derivative gave a gradient of shape %s and dtype %s for %s, expected %s and %s%s",
      node->op->name, sg_shape_text(&gradient->shape).text, sg_dtype_name(gradient->dtype), name.text,
      sg_shape_text(&node->input_shapes[input]).text, sg_dtype_name(node->dtype),
      missing_sum(node, gradient, input, name.text).text);
}

sg_status sg_check_gradient(const sg_node *node, int input, const sg_tensor *gradient) {
  const sg_shape *expected = &node->input_shapes[input];
  if (gradient && gradient->dtype == node->dtype && sg_shape_equal(&gradient->shape, expected)) return SG_OK;
  return refuse_gradient(node, input, gradient);
}
