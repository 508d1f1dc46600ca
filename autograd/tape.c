// SPDX-License-Identifier: GPL-3.0-or-later
//
// Nodes of the tape: made before the forward call, linked after it. lifetime.c ends them.
#include <stdio.h>
#include <string.h>

#include "autograd/lifetime.h"

static size_t aligned(size_t bytes) { return (bytes + 15) / 16 * 16; }

// Takes the next `bytes` of a block.
static inline void *carve(char **cursor, size_t bytes) {
  void *result = *cursor;
  *cursor += bytes;
  return result;
}

// All arrays are of multiples of 8 bytes, but the last.
sg_node *sg_node_make(const sg_plan *plan, int output_count) {
  sg_context *context = plan->context;
  const size_t inputs = (size_t)plan->input_count, outputs = (size_t)output_count;
  const size_t options_bytes = aligned(sg_op_options_bytes(plan->op)) + aligned(plan->outside_bytes);
  const size_t plan_bytes = aligned(plan->own_bytes);
  const size_t of_input = sizeof(sg_edge) + sizeof(sg_saved) + sizeof(sg_shape);
  const size_t of_output =
      sizeof(sg_saved) + sizeof(sg_arrivals) + sizeof(sg_tensor *) + sizeof(sg_shape) + sizeof(sg_dtype);
  const size_t bytes =
      aligned(sizeof(sg_node)) + options_bytes + plan_bytes + inputs * of_input + outputs * of_output;
  char *cursor = sg_memory_take(context, bytes);
  if (!cursor) return NULL;
  sg_node *node = carve(&cursor, aligned(sizeof *node));
  *node = (sg_node){.context = context,
                    .op = plan->op,
                    .block_bytes = bytes,
                    .input_count = plan->input_count,
                    .output_count = output_count,
                    .backward_scratch_bytes = plan->backward_scratch_bytes};
  node->options = carve(&cursor, options_bytes);
  node->plan = carve(&cursor, plan_bytes);
  node->edges = carve(&cursor, inputs * sizeof(sg_edge));
  node->saved_inputs = carve(&cursor, inputs * sizeof(sg_saved));
  node->input_shapes = carve(&cursor, inputs * sizeof(sg_shape));
  node->saved_outputs = carve(&cursor, outputs * sizeof(sg_saved));
  node->arrivals = carve(&cursor, outputs * sizeof(sg_arrivals));
  node->cotangents = carve(&cursor, outputs * sizeof(sg_tensor *));
  node->output_shapes = carve(&cursor, outputs * sizeof(sg_shape));
  node->output_dtypes = carve(&cursor, outputs * sizeof(sg_dtype));
  return node;
}

void sg_node_take_options(sg_node *node, const sg_plan *plan) {
  const size_t bytes = sg_op_options_bytes(node->op);
  if (bytes) memcpy(node->options, plan->options, bytes);
  if (plan->outside_bytes) sg_attributes_keep(node->op, node->options, (char *)node->options + aligned(bytes));
}

void sg_node_link_input(sg_node *node, int i, sg_tensor *input, bool differentiable) {
  node->edges[i] = (sg_edge){0};
  node->saved_inputs[i] = (sg_saved){0};
  node->input_shapes[i] = input ? input->shape : (sg_shape){0};
  if (!input || !input->requires_grad || !differentiable) return;
  if (input->node) {
    node->edges[i] = (sg_edge){.node = input->node, .output = input->output};
    input->node->references++;
  } else {
    node->edges[i] = (sg_edge){.leaf = sg_retain(input)};
  }
}

void sg_node_link_output(sg_node *node, int p, sg_tensor *output, bool differentiable) {
  node->arrivals[p] = (sg_arrivals){0};
  node->cotangents[p] = NULL;
  node->output_shapes[p] = output->shape;
  node->output_dtypes[p] = output->dtype;
  if (!differentiable) return;
  output->node = node;
  output->output = p;
  output->requires_grad = true;
  node->references++;
}

// With its parts in line, as every recorded op comes here.
__attribute__((flatten)) void sg_node_link(sg_node *node, const sg_plan *plan, const sg_port *input_ports,
                                           const sg_port *output_ports, sg_tensor **outputs, sg_tensor **aliases) {
  sg_node_take_options(node, plan);
  if (plan->own_bytes) memcpy(node->plan, plan->own, plan->own_bytes);
  const unsigned save_inputs = plan->save_inputs;
  const sg_port *port = input_ports;
  for (int i = 0, p = 0; i < node->input_count; i++) {
    sg_tensor *input = plan->inputs[i];
    sg_node_link_input(node, i, input, sg_port_is_differentiable(port));
    if (save_inputs >> p & 1 && input) {
      node->saved_inputs[i] = (sg_saved){sg_retain(input), input->storage->version};
    }
    if (port[1].name) port++, p++; // a variadic port takes all that follow
  }
  port = output_ports;
  for (int p = 0; p < node->output_count; p++, port = sg_next_port(port)) {
    sg_tensor *output = outputs[p];
    output->constant = port->flags & (SG_STEP | SG_INDEX);
    sg_node_link_output(node, p, output, sg_port_is_differentiable(port) && sg_dtype_is_floating(output->dtype));
    node->saved_outputs[p] = (sg_saved){aliases[p], output->storage->version};
  }
  node->saves = save_inputs | plan->save_outputs;
  sg_node_publish(node);
}

sg_text sg_node_value_name(const sg_node *node, bool output, int position) {
  const sg_op *op = node->op;
  if (op->value_name) return op->value_name(node->options, output, position);
  sg_text name;
  snprintf(name.text, sizeof name.text, "%s",
           output ? sg_op_output_port(op, position)->name : sg_op_input_port(op, position)->name);
  return name;
}

void sg_node_publish(sg_node *node) {
  sg_context *context = node->context;
  node->sequence = ++context->node_sequence;
  node->previous = context->last_node;
  if (context->last_node) {
    context->last_node->next = node;
  } else {
    context->first_node = node;
  }
  context->last_node = node;
  context->memory.live_nodes++;
}
