// SPDX-License-Identifier: GPL-3.0-or-later
//
// A plugin of two ops: one without fault, and one with the name OP_NAME, which something has already.
#include "autograd/plugin.h"
#include "ops/ops.h"

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  double *y = sg_output_data(call->outputs[0]);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) y[i] = 0;
}

static const sg_sample samples[] = {{"plain", SG_ON(SG_RANDN(3))}, {0}};

static const sg_op op_faultless = {.name = "faultless_" OP_NAME,
                                   .summary = "Zeros.",
                                   .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE, "any shape"}),
                                   .outputs = SG_PORTS({"y", 0, "the shape of x"}),
                                   .prepare = prepare,
                                   .forward = forward,
                                   .samples = samples};

static const sg_op op_clash = {.name = OP_NAME,
                               .summary = "Zeros.",
                               .inputs = SG_PORTS({"x", SG_UNDIFFERENTIABLE, "any shape"}),
                               .outputs = SG_PORTS({"y", 0, "the shape of x"}),
                               .prepare = prepare,
                               .forward = forward,
                               .samples = samples};

SG_PLUGIN("clash", &op_faultless, &op_clash);
