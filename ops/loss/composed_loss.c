// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/composed_loss.h"

static sg_tensor *reduced(sg_context *c, sg_tensor *losses, int reduction) {
  switch (reduction) {
  case SG_REDUCTION_MEAN:
    return sg_mean(c, losses, NULL);
  case SG_REDUCTION_SUM:
    return sg_sum(c, losses, NULL);
  default:
    return losses;
  }
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  const sg_composed_loss *member = call->op->member;
  const int reduction = *(const int *)call->options;
  sg_context *c = call->context;
  if (!member->wide || call->dtype == SG_F64) {
    outputs[0] = reduced(c, member->losses(call), reduction);
    return;
  }
  sg_tensor *inputs[SG_MAX_PORTS];
  const sg_call wide = sg_widened(call, inputs);
  if (sg_error_status(c)) return;
  outputs[0] = sg_to(c, reduced(c, member->losses(&wide), reduction), call->dtype);
}

sg_status sg_composed_loss_prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  for (int i = 1; i < plan->input_count; i++) {
    if (!plan->inputs[i] || sg_shape_equal(sg_plan_shape(plan, i), x)) continue;
    return sg_reject(plan, "%s has shape %s, expected %s (the shape of %s)", sg_op_inputs(plan->op)[i].name,
                     sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(x).text,
                     sg_op_inputs(plan->op)[0].name);
  }
  return SG_OK;
}

sg_status sg_check_vectors(const sg_plan *plan, int count) {
  const sg_shape *x = sg_plan_shape(plan, 0);
  const sg_port *ports = sg_op_inputs(plan->op);
  if (x->rank != 1 && x->rank != 2)
    return sg_reject(plan, "%s has shape %s, expected (N, D) or (D)", ports[0].name, sg_shape_text(x).text);
  for (int i = 1; i < count; i++) {
    if (sg_shape_equal(sg_plan_shape(plan, i), x)) continue;
    return sg_reject(plan, "%s has shape %s, expected %s (the shape of %s)", ports[i].name,
                     sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(x).text, ports[0].name);
  }
  return SG_OK;
}

const sg_op sg_composed_loss_family = {
    .inputs = SG_PORTS({"x", 0, "any shape"}, {"target", 0, "the shape of x"}),
    .outputs = SG_PORTS({"y", 0, "a scalar, or the losses themselves for reduction none"}),
    SG_OPTIONS(sg_loss_options, &sg_loss_defaults, SG_REDUCTION_OPTION(sg_loss_options)),
    .prepare = sg_composed_loss_prepare,
    .compose = compose,
};
