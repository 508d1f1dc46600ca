// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/bounds.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *boundaries = sg_plan_shape(plan, 1);
  if (boundaries->rank == 1) return SG_OK;
  return sg_reject(plan, "boundaries has shape %s, expected a vector", sg_shape_text(boundaries).text);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  const sg_bounds_options *options = call->options;
  outputs[0] = sg_searchsorted(call->context, call->inputs[1], call->inputs[0], options->right);
}

const sg_op op_bucketize = {
    SG_COMPOSED(bucketize, prepare, compose),
    SG_WORDS(
        "In which of the intervals between boundaries every element lies.",
        "y = the first i with boundaries_i >= x, with right: with boundaries_i > x; one behind the last where\n"
        "there is none"),
    .cost = "log n comparisons for each value, n boundaries",
    .inputs = SG_PORTS({"x", SG_STEP | SG_NUMERIC, "tensor of any shape"},
                       {"boundaries", SG_STEP | SG_NUMERIC, "a vector in ascending order"}),
    SG_BOUNDS("x"),
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(3, 0, 6), SG_VECTOR(1, 3, 5)), SG_RIGHT(false), SG_GIVES(1, 0, 3)},
        {"by hand, right", SG_ON(SG_VECTOR(3, 0, 6), SG_VECTOR(1, 3, 5)), SG_RIGHT(true), SG_GIVES(2, 0, 3)},
        {"matrix", SG_ON(SG_RANDN(3, 5), SG_VECTOR(-1, 0, 0.5, 1)), SG_RIGHT(false)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_VECTOR(-1, 0, 1)), SG_RIGHT(true)},
        {"empty", SG_ON(SG_RANDN(0, 2), SG_VECTOR(-1, 0, 1)), SG_RIGHT(false)}),
    .bad_samples =
        SG_SAMPLES({"matrix", SG_ON(SG_RANDN(2), SG_RANDN(2, 2)), .error = "boundaries has shape [2, 2]"}),
};

sg_tensor *sg_bucketize(sg_context *context, sg_tensor *x, sg_tensor *boundaries, bool right) {
  return sg_apply_one(context, &op_bucketize, 2, (sg_tensor *[]){x, boundaries}, &(sg_bounds_options){right});
}
