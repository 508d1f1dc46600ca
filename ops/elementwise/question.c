// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  plan->output_dtype[0] = SG_BOOL;
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_rows_compute(call, ((const sg_question *)call->op->member)->row,
                  &(sg_rows){.operand = {call->inputs[0]}, .result = {call->outputs[0]}});
}

const sg_op sg_question_family = {
    .inputs = SG_PORTS({"x", SG_STEP | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", SG_STEP, "bools, in the shape of x"}),
    .prepare = prepare,
    .forward = forward,
    .samples = SG_SAMPLES({"matrix", SG_ON(SG_RANDN(3, 4))}, {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(2, 0))}, {"integers", SG_ON(SG_RANDINT(-2, 3, SG_DIMS(2, 5)))},
                          {"large integers", SG_ON(SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(5)))},
                          {"bytes", SG_ON(SG_BYTES(0, 3, SG_DIMS(3, 7)))}, {"mask", SG_ON(SG_MASK(SG_DIMS(70)))}),
};
