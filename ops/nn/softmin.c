// SPDX-License-Identifier: GPL-3.0-or-later
//
// softmax(-x)
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"

static const sg_softmax_options defaults = {-1};

static sg_status prepare(sg_plan *plan) {
  int resolved;
  if (sg_plan_shape(plan, 0)->rank == 0) return SG_OK;
  return sg_plan_dimension(plan, 0, ((const sg_softmax_options *)plan->options)->dim, &resolved);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  outputs[0] = sg_softmax(call->context, sg_neg(call->context, call->inputs[0]), call->options);
}

const sg_op op_softmin = {
    SG_COMPOSED(softmin, prepare, compose),
    SG_WORDS("Exponentials of -x divided by their sum: the smallest x gets the largest share.",
             "y = exp(-x) / sum of exp(-x) over dim", "PyTorch, torch.nn.Softmin"),
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    SG_OPTIONS(sg_softmax_options, &defaults,
               SG_OPTION(sg_softmax_options, dim, DIM, "the dimension of the sum; default the last")),
    .samples = SG_SAMPLES(
        {"last", SG_ON(SG_RANDN(3, 4))}, {"first", SG_ON(SG_RANDN(3, 4)), SG_WITH(sg_softmax_options, 0)},
        {"empty", SG_ON(SG_RANDN(0, 3))}, {"by hand", SG_ON(SG_VECTOR(2, 2)), SG_GIVES(0.5, 0.5)}),
    .bad_samples =
        SG_SAMPLES({"dimension", SG_ON(SG_RANDN(3, 4)), SG_WITH(sg_softmax_options, 2), .error = "is outside"}),
};

sg_tensor *sg_softmin(sg_context *context, sg_tensor *x, const sg_softmax_options *options) {
  return sg_apply_one(context, &op_softmin, 1, &x, options);
}
