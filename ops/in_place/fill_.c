// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/assignment.h"
#include "ops/ops.h"

static sg_status prepare(sg_plan *plan) {
  const sg_tensor *value = plan->inputs[1];
  if (sg_tensor_elements(value) != 1)
    return sg_reject(plan, "value has shape %s, expected a single element",
                     sg_shape_text(sg_tensor_shape(value)).text);
  sg_assignment_of_one(plan);
  return SG_OK;
}

const sg_op op_fill_ = {
    SG_MEMBER_OF(fill_, sg_assignment),
    SG_WORDS("Writes one value into every element of a tensor.", "x = value", "Elementary"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "what is written"},
                       {"value", SG_ANY_DTYPE | SG_SAME_PLACE, "a number, or a tensor of a single element"}),
    .prepare = prepare,
    .bad_samples = SG_SAMPLES({"several values", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)),
                               .error = "value has shape [3], expected a single element"}),
};

sg_status sg_fill_(sg_context *context, sg_tensor *x, sg_tensor *value) {
  sg_apply_one(context, &op_fill_, 2, (sg_tensor *[]){x, value}, NULL);
  return sg_error_status(context);
}
