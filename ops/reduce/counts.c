// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/reduce/counts.h"

#include <math.h>

#include "ops/ops.h"

static integer_reduce_kind kind_of(const sg_op *op) { return ((const sg_counts_member *)op->member)->kind; }

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  if (sg_reduction_prepare(plan, &options->dim, options->keepdim)) return sg_error_status(plan->context);
  plan->output_dtype[0] = kind_of(plan->op) == INTEGER_COUNT ? SG_I64 : SG_BOOL;
  plan->scratch_bytes = sg_reduction_scratch(&((const sg_reduction_plan *)plan->own)->layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  sg_reduction_run_integers(call->context, call->dtype, &((const sg_reduction_plan *)call->plan)->layout,
                            kind_of(call->op), sg_input_data(call, 0), sg_output_data(call->outputs[0]),
                            call->scratch);
}

const sg_op sg_counts_family = {
    .inputs = SG_PORTS({"x", SG_STEP | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", SG_STEP, "bools"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    SG_PLANNED(sg_reduction_plan, prepare, forward, NULL),
    .samples = SG_SAMPLES(
        {"special numbers",
         SG_ON(SG_VALUES(SG_NUMBERS(0, -0.0, 0, (double)NAN, 0, HUGE_VAL, 1e-300, 2, -3), SG_DIMS(3, 3))),
         SG_OVER(false, 1)},
        {"columns", SG_ON(SG_VALUES(SG_NUMBERS(0, 1, 2, 0, 0, 3), SG_DIMS(2, 3))), SG_OVER(true, 0)},
        {"middle", SG_ON(SG_MASK(SG_DIMS(2, 3, 5))), SG_OVER(false, 1)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(4, 3))), SG_OVER(false, -1)},
        {"everything", SG_ON(SG_MASK(SG_DIMS(7, 300)))},
        {"bytes", SG_ON(SG_BYTES(0, 3, SG_DIMS(5, 2))), SG_OVER(false, 1)},
        {"integers", SG_ON(SG_RANDINT(-1, 2, SG_DIMS(5, 2))), SG_OVER(false, 1)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))}, {"one bool", SG_ON(SG_MASK(SG_SCALAR)), SG_OVER(false, -1)},
        {"of nothing", SG_ON(SG_MASK(SG_DIMS(2, 0))), SG_OVER(false, 1)},
        {"no results", SG_ON(SG_MASK(SG_DIMS(0, 2))), SG_OVER(false, 1)}),
    .bad_samples = sg_reduce_bad_samples,
};
