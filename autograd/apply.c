// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg_apply: the one way an op is applied. Everything that can fail comes first (checks, prepare, memory);
// then forward computes, which verify may refuse, and the node is linked. On failure nothing has changed.
#include <string.h>

#include "autograd/anomaly_check.h"
#include "autograd/compose.h"
#include "autograd/detached.h"
#include "autograd/dtype.h"
#include "autograd/execute.h"
#include "autograd/in_place.h"
#include "autograd/internal.h"
#include "autograd/plan.h"
#include "autograd/prepared.h"

// ---- One application ------------------------------------------------------------------------------

// What an application owns until it has succeeded.
typedef struct application {
  sg_plan plan;
  const sg_port *input_ports, *output_ports;
  bool writes;   // into inputs
  bool replace;  // inputs must be converted or copied first: nothing is planned yet
  bool composed; // of other ops
  int made;      // of the outputs, so far
  sg_tensor **outputs;
  sg_tensor **aliases; // of the outputs the node saves
  sg_tensor *list;     // the memory of the caller's list, NULL: there is none
  sg_node *node;       // NULL: not recorded
  void *scratch;
  sg_marks marks; // of its inputs, for its outputs
  // Room for a few outputs, and for the op's own part of the plan.
  sg_tensor *few_outputs[SG_MAX_PORTS], *few_aliases[SG_MAX_PORTS];
  sg_shape few_shapes[SG_MAX_PORTS];
  sg_dtype few_dtypes[SG_MAX_PORTS];
  _Alignas(max_align_t) char own[SG_MAX_PLAN_BYTES];
} application;

static void abandon(application *a) {
  sg_context *context = a->plan.context;
  if (a->scratch) sg_memory_give(context, a->scratch, a->plan.scratch_bytes);
  sg_node_discard(a->node);
  sg_release(a->list);
  for (int p = 0; p < a->made; p++) {
    sg_release(a->aliases[p]);
    sg_release(a->outputs[p]);
  }
}

// `view_at`: where in the storage of input 0 the next view begins.
static inline sg_status make_output(application *a, const sg_port *port, int p, bool saved, int64_t *view_at) {
  sg_plan *plan = &a->plan;
  sg_context *context = plan->context;
  a->outputs[p] = a->aliases[p] = NULL;
  a->made = p + 1;
  if (port->flags & SG_WRITTEN) {
    a->outputs[p] = sg_retain(plan->inputs[sg_op_written_input(plan->op, p)]);
    return SG_OK;
  }
  int64_t elements;
  if (!sg_shape_count(&plan->output_shape[p], &elements)) {
    return sg_reject(plan, "the result would have the shape %s, more than 2^59 elements",
                     sg_shape_text(&plan->output_shape[p]).text);
  }
  if (plan->output_is_view) {
    a->outputs[p] = sg_make_alias(context, plan->inputs[0], &plan->output_shape[p], *view_at);
    *view_at += elements;
  } else {
    a->outputs[p] = sg_make_counted(context, plan->output_dtype[p], &plan->output_shape[p], elements);
  }
  if (a->outputs[p] && a->node && saved) {
    a->aliases[p] = sg_make_alias(context, a->outputs[p], &a->outputs[p]->shape, 0);
  }
  return context->status;
}

static sg_status allocate(application *a, bool record) {
  sg_plan *plan = &a->plan;
  sg_context *context = plan->context;
  const sg_port *port = a->output_ports;
  unsigned saved = plan->save_outputs;
  int64_t view_at = plan->view_offset;
  if (sg_scope_reserve(context, (size_t)plan->output_count)) return context->status;
  if (record && !(a->node = sg_node_make(plan, plan->output_count))) return context->status;
  for (int p = 0; p < plan->output_count; p++) {
    if (make_output(a, port, p, saved & 1, &view_at)) return context->status;
    if (port[1].name) port++, saved >>= 1; // a variadic port takes all that follow
  }
  if (plan->scratch_bytes) a->scratch = sg_memory_take(context, plan->scratch_bytes);
  return context->status;
}

static sg_call forward_call(const application *a, sg_dtype common) {
  const sg_plan *plan = &a->plan;
  return (sg_call){.context = plan->context,
                   .op = plan->op,
                   .options = plan->options,
                   .plan = plan->own,
                   .input_count = plan->input_count,
                   .output_count = plan->output_count,
                   .inputs = plan->inputs,
                   .outputs = a->outputs,
                   .output_shapes = plan->output_shape,
                   .dtype = common,
                   .scratch = a->scratch};
}

static bool has_differentiable_output(const application *a) {
  const sg_port *port = a->output_ports;
  for (int p = 0; p < a->plan.output_count; p++, port = sg_next_port(port)) {
    if (sg_port_is_differentiable(port) && sg_dtype_is_floating(a->plan.output_dtype[p])) return true;
  }
  return false;
}

// Presets the second group of the plan's fields.
static void preset(application *a, sg_dtype common) {
  sg_plan *plan = &a->plan;
  const sg_op *op = plan->op;
  const sg_port *port = a->output_ports;
  int p = 0;
  plan->output_shape = a->few_shapes;
  plan->output_dtype = a->few_dtypes;
  for (; port[p].name; p++) {
    plan->output_shape[p].rank = 0;
    plan->output_dtype[p] = port[p].flags & SG_INDEX || !common ? SG_I64 : common;
  }
  plan->output_count = p;
  a->made = 0;
  a->composed = false;
  a->list = NULL;
  a->node = NULL;
  a->scratch = NULL;
  plan->output_is_view = false;
  plan->view_offset = 0;
  plan->save_inputs = sg_op_save_inputs(op);
  plan->save_outputs = sg_op_save_outputs(op);
  plan->own = a->own;
  plan->own_bytes = sg_op_plan_bytes(op);
  if (plan->own_bytes) memset(a->own, 0, plan->own_bytes);
  plan->scratch_bytes = plan->backward_scratch_bytes = 0;
}

// ---- Inputs that something must be done to first ------------------------------------------------------

static bool is_written(const sg_op *op, int input) {
  for (int p = 0; sg_op_outputs(op)[p].flags & SG_WRITTEN; p++) {
    if (sg_op_written_input(op, p) == input) return true;
  }
  return false;
}

static bool is_unpromoted(const sg_op *op, int i, const sg_tensor *input, sg_dtype common) {
  if (!input || input->dtype == common) return false;
  const unsigned flags = sg_op_input_port(op, i)->flags;
  const bool stays = flags & SG_UNCONVERTED && sg_dtype_is_floating(common) && !is_written(op, i);
  return flags & SG_NUMERIC && !stays;
}

// What takes the place of input i: itself, itself in the common dtype (it is an integer or a bool, so no gradient
// is lost), or a copy where writing in place would change it.
static bool must_be_replaced(const sg_plan *plan, int i, sg_dtype common) {
  return is_unpromoted(plan->op, i, plan->inputs[i], common) ||
         (sg_op_writes(plan->op) && sg_in_place_disturbs(plan, i));
}

static bool differ_in_dtype(const sg_plan *plan, sg_dtype common) {
  for (int i = 0; i < plan->input_count; i++) {
    if (plan->inputs[i] && plan->inputs[i]->dtype != common) return true;
  }
  return false;
}

static bool needs_replacement(const application *a, sg_dtype common) {
  const sg_plan *plan = &a->plan;
  if (!a->writes && !differ_in_dtype(plan, common)) return false;
  for (int i = 0; i < plan->input_count; i++) {
    if (must_be_replaced(plan, i, common)) return true;
  }
  return false;
}

// Every input, or in the innermost scope what takes its place.
static sg_status replace_inputs(const sg_plan *plan, sg_dtype common, sg_tensor **inputs) {
  const sg_op *op = plan->op;
  const int count = plan->input_count;
  if (count > SG_MAX_PORTS) return sg_reject(plan, "more than %d inputs of different dtypes", SG_MAX_PORTS);
  for (int i = 0; i < count; i++) {
    inputs[i] = plan->inputs[i];
    if (!must_be_replaced(plan, i, common)) continue;
    if (sg_op_writes(op) && is_written(op, i)) sg_refuse_other_dtype(plan, i, common);
    bool unpromoted = is_unpromoted(op, i, inputs[i], common);
    inputs[i] = sg_tensor_to(plan->context, inputs[i], unpromoted ? common : inputs[i]->dtype);
  }
  return plan->context->status;
}

static sg_status apply_replaced(const sg_plan *plan, sg_dtype common, sg_tensor **outputs, sg_tensors *list) {
  sg_context *context = plan->context;
  const sg_op *op = plan->op;
  const int count = plan->input_count, output_count = sg_op_output_ports(op);
  sg_tensor *inputs[SG_MAX_PORTS];
  if (sg_scope_reserve(context, (size_t)(count + 2 * output_count))) return context->status;
  sg_scope scope = sg_scope_open(context);
  if (replace_inputs(plan, common, inputs)) {
    sg_scope_close(context, scope);
    return context->status;
  }
  if (list) {
    sg_apply_list(context, op, count, inputs, plan->options, list);
    sg_scope_hand_on(context, scope, list->count, list->tensor, list->memory);
  } else if (!sg_apply(context, op, count, inputs, plan->options, outputs)) {
    sg_scope_hand_on(context, scope, output_count, outputs, NULL);
  } else {
    sg_scope_close(context, scope);
  }
  return context->status;
}

// Fills the plan; `common` and `differentiable` are those of the inputs.
static sg_status plan_application(application *a, sg_context *context, const sg_op *op, int input_count,
                                  sg_tensor *const *inputs, const void *options, sg_dtype *common,
                                  bool *differentiable) {
  sg_plan *plan = &a->plan;
  plan->context = context;
  plan->op = op;
  plan->options = options ? options : sg_op_defaults(op);
  plan->input_count = input_count;
  plan->inputs = inputs;
  a->input_ports = sg_op_inputs(op);
  a->output_ports = sg_op_outputs(op);
  a->writes = a->output_ports[0].flags & SG_WRITTEN;
  if (sg_check_inputs(plan, a->input_ports, common, differentiable, &a->marks)) return context->status;
  if (a->writes && sg_in_place_check(plan)) return context->status; // before a copy without history takes a place
  a->replace = needs_replacement(a, *common);
  if (a->replace) return SG_OK;
  if (sg_is_watched(context) && !a->writes && sg_guard_inputs(plan, &a->marks)) return context->status;
  plan->outside_bytes = 0;
  if (sg_op_options_bytes(op) && sg_attributes_check(context, op, plan->options, &plan->outside_bytes))
    return context->status;
  preset(a, *common);
  if (a->writes) sg_in_place_preset(plan);
  sg_prepare_hook *prepare = sg_op_prepare(op);
  if ((prepare && prepare(plan)) || context->status) {
    sg_error(context, SG_INVALID_ARGUMENT, "%s: the arguments were rejected", op->name);
    sg_error_prefix(context, "%s: ", op->name); // of what was found by others that prepare asked
    return context->status;
  }
  const bool many = plan->many_outputs;
  a->outputs = many ? plan->many_outputs : a->few_outputs;
  a->aliases = many ? a->outputs + plan->output_count : a->few_aliases;
  if (a->writes && sg_in_place_check_results(plan)) return context->status;
  // Whether an op needs a forward is known here only: reshape and the like are views whatever their arguments.
  if (!sg_op_forward(op) && !plan->output_is_view) {
    a->composed = sg_op_compose(op);
    if (!a->composed) return sg_reject(plan, "the op has no forward, and this is no view");
  }
  sg_check_hook *check = sg_op_check_values(op);
  if (!check) return SG_OK;
  const sg_call call = forward_call(a, *common);
  check(&call);
  return context->status;
}

static sg_status check_anomaly(application *a) {
  const sg_plan *plan = &a->plan;
  if (!plan->output_is_view && sg_anomaly_check_forward(plan, a->outputs)) return plan->context->status;
  return a->node ? sg_anomaly_note_place(a->node) : SG_OK;
}

static inline sg_status apply(application *a, sg_context *context, const sg_op *op, int input_count,
                              sg_tensor *const *inputs, const void *options, sg_tensor **outputs,
                              sg_tensors *list) {
  sg_plan *plan = &a->plan;
  sg_dtype common;
  bool differentiable;
  if (plan_application(a, context, op, input_count, inputs, options, &common, &differentiable)) {
    return context->status;
  }
  if (a->replace) return apply_replaced(plan, common, outputs, list);
  if (a->composed) {
    const sg_call call = forward_call(a, common);
    return sg_compose(plan, &call, a->outputs, outputs, list);
  }
  bool record = differentiable && context->grad_enabled && has_differentiable_output(a);
  if (allocate(a, record) || (list && !(a->list = sg_plan_list(plan)))) {
    abandon(a);
    sg_error_prefix(context, "%s: ", op->name);
    return context->status;
  }
  if (a->writes) sg_in_place_note(op, a->outputs);
  const sg_call call = forward_call(a, common);
  if (sg_execute_forward(&call, plan->output_is_view) || (context->detects_anomaly && check_anomaly(a))) {
    abandon(a);
    return context->status;
  }
  if (context->detached && !context->grad_enabled && sg_detached_results(plan, a->outputs, true)) {
    abandon(a);
    return context->status;
  }
  if (a->scratch) sg_memory_give(context, a->scratch, plan->scratch_bytes);
  if (a->node) {
    a->node->dtype = common;
    sg_node_link(a->node, plan, a->input_ports, a->output_ports, a->outputs, a->aliases);
  }
  if ((a->marks.severed || a->marks.detached) && !a->writes)
    sg_guard_outputs(op, a->marks, plan->output_count, a->outputs);
  if (list) {
    outputs = a->list->data;
    *list = (sg_tensors){plan->output_count, outputs, sg_scope_adopt(context, a->list)};
  }
  for (int p = 0; p < plan->output_count; p++) {
    outputs[p] = a->outputs[p];
    if (outputs[p]) sg_scope_adopt(context, outputs[p]);
  }
  return SG_OK;
}

sg_status sg_apply(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                   const void *options, sg_tensor **outputs) {
  if (context->status) return context->status;
  application a; // only what is used is set: this function runs for every op
  a.plan.takes_list = false;
  a.plan.many_outputs = NULL;
  return apply(&a, context, op, input_count, inputs, options, outputs, NULL);
}

static void end_plan(const sg_plan *plan) {
  if (plan->many_outputs) sg_memory_give(plan->context, plan->many_outputs, plan->many_bytes);
}

sg_status sg_apply_list(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                        const void *options, sg_tensors *outputs) {
  *outputs = (sg_tensors){0};
  if (context->status) return context->status;
  application a;
  a.plan.context = context;
  a.plan.takes_list = true;
  a.plan.many_outputs = NULL;
  apply(&a, context, op, input_count, inputs, options, NULL, outputs);
  end_plan(&a.plan);
  return context->status;
}

sg_tensor *sg_apply_one(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                        const void *options) {
  sg_tensor *outputs[SG_MAX_PORTS];
  outputs[0] = NULL; // and stays so on failure
  sg_apply(context, op, input_count, inputs, options, outputs);
  return outputs[0];
}

// ---- Planned once, computed many times ---------------------------------------------------------------

// The outputs and their shapes go where they stay; the scope has the memory that many of them need.
static sg_status keep_outputs(const application *a, sg_prepared *prepared) {
  sg_context *context = a->plan.context;
  const size_t count = (size_t)a->plan.output_count;
  const bool many = count > SG_MAX_PORTS;
  sg_tensor **outputs = many ? sg_scope_memory(context, count * sizeof *outputs) : prepared->few_outputs;
  sg_shape *shapes = many ? sg_scope_memory(context, count * sizeof *shapes) : prepared->few_shapes;
  if (context->status) return context->status;
  memcpy(outputs, a->outputs, count * sizeof *outputs);
  memcpy(shapes, a->plan.output_shape, count * sizeof *shapes);
  prepared->call.outputs = outputs;
  prepared->call.output_shapes = shapes;
  return SG_OK;
}

static sg_status prepare(application *a, const sg_op *op, int input_count, sg_tensor *const *inputs,
                         const void *options, sg_prepared *prepared) {
  sg_context *context = a->plan.context;
  sg_dtype common;
  bool differentiable;
  prepared->given = NULL;
  if (plan_application(a, context, op, input_count, inputs, options, &common, &differentiable)) {
    return context->status;
  }
  if (a->replace) {
    if (replace_inputs(&a->plan, common, prepared->inputs)) return context->status;
    prepared->given = inputs;
    if (plan_application(a, context, op, input_count, prepared->inputs, options, &common, &differentiable))
      return context->status;
  }
  if (a->composed) return sg_reject(&a->plan, "it is a composition of ops, which cannot be planned as one");
  const size_t scratch_bytes = a->plan.scratch_bytes;
  a->plan.scratch_bytes = 0; // the scope frees it
  if (allocate(a, false)) {
    abandon(a);
    sg_error_prefix(context, "%s: ", op->name);
    return context->status;
  }
  for (int p = 0; p < a->plan.output_count; p++) {
    if (a->outputs[p]) sg_scope_adopt(context, a->outputs[p]);
  }
  if (scratch_bytes) a->scratch = sg_scope_memory(context, scratch_bytes);
  prepared->is_view = a->plan.output_is_view;
  prepared->call = forward_call(a, common);
  memcpy(prepared->plan, a->own, a->plan.own_bytes);
  prepared->call.plan = prepared->plan;
  return keep_outputs(a, prepared);
}

sg_status sg_prepare(sg_context *context, const sg_op *op, int input_count, sg_tensor *const *inputs,
                     const void *options, sg_prepared *prepared) {
  if (context->status) return context->status;
  application a;
  a.plan.context = context;
  a.plan.takes_list = true;
  a.plan.many_outputs = NULL;
  prepare(&a, op, input_count, inputs, options, prepared);
  end_plan(&a.plan);
  return context->status;
}
