// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/optimizer/step.h"

sg_status sg_step_check_shapes(const sg_plan *plan) {
  const sg_shape *parameter = sg_plan_shape(plan, 0);
  for (int i = 1; i < plan->input_count; i++) {
    if (!plan->inputs[i] || sg_shape_equal(sg_plan_shape(plan, i), parameter)) continue;
    return sg_reject(plan, "%s has shape %s, expected %s (the parameter's)", sg_op_inputs(plan->op)[i].name,
                     sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(parameter).text);
  }
  return SG_OK;
}
