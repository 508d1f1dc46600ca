// SPDX-License-Identifier: GPL-3.0-or-later
//
// One application of an op that is a composition of others. They are applied, and recorded, one by one; of the op
// itself there is no node, so that its derivatives are theirs, to every order.
#include "autograd/compose.h"

#include <string.h>

#include "autograd/detached.h"
#include "autograd/dtype.h"
#include "autograd/plan.h"

static bool is_input(const sg_plan *plan, const sg_tensor *tensor) {
  for (int i = 0; i < plan->input_count; i++) {
    if (plan->inputs[i] == tensor) return true;
  }
  return false;
}

// An output that is an input would be two tensors of the caller's in one; one that has a history where its port
// says that there is no derivative would have a gradient all the same.
static sg_status check_output(const sg_plan *plan, const sg_port *port, const sg_tensor *output) {
  if (!output) return sg_reject(plan, "its composition gave no %s", port->name);
  if (is_input(plan, output)) return sg_reject(plan, "its composition gave an input as %s", port->name);
  if (!output->requires_grad || sg_port_is_differentiable(port)) return SG_OK;
  return sg_reject(plan, "its composition gave %s a derivative, and the port is declared to have none", port->name);
}

static sg_status compose(const sg_plan *plan, const sg_call *call, sg_tensor **made) {
  const sg_port *port = sg_op_outputs(plan->op);
  memset(made, 0, (size_t)plan->output_count * sizeof *made);
  sg_context *context = plan->context;
  sg_detached *watched = context->detached;
  context->detached = NULL; // what a composition detaches is its own affair
  sg_op_compose(plan->op)(call, made);
  context->detached = watched;
  for (int p = 0; p < plan->output_count && !context->status; p++, port = sg_next_port(port)) {
    check_output(plan, port, made[p]);
  }
  if (watched && !context->grad_enabled && !context->status) sg_detached_results(plan, made, false);
  return context->status;
}

sg_status sg_compose(const sg_plan *plan, const sg_call *call, sg_tensor **made, sg_tensor **outputs,
                     sg_tensors *list) {
  sg_context *context = plan->context;
  const int count = plan->output_count;
  if (sg_scope_reserve(context, (size_t)count + 1)) return context->status;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *memory = list ? sg_scope_give(context, sg_plan_list(plan)) : NULL;
  if (context->status || compose(plan, call, made)) {
    sg_scope_close(context, scope);
    sg_error_prefix(context, "%s: ", plan->op->name);
    return context->status;
  }
  if (list) {
    outputs = memory->data;
    *list = (sg_tensors){count, outputs, memory};
  }
  memcpy(outputs, made, (size_t)count * sizeof *outputs);
  sg_scope_hand_on(context, scope, count, outputs, memory);
  return SG_OK;
}
