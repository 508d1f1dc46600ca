// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/reduction.h"

static void compose(const sg_call *call, sg_tensor **outputs) {
  outputs[0] = sg_amin(call->context, call->inputs[0], call->options);
  outputs[1] = sg_amax(call->context, call->inputs[0], call->options);
}

const sg_op op_aminmax = {
    SG_COMPOSED(aminmax, NULL, compose),
    SG_WORDS("The smallest and the largest element over dimensions; ties share the gradients.",
             "min = min of x over dim, max = max of x over dim"),
    .subgradient = "equal elements share it equally",
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any dtype with something to choose from"}),
    .outputs = SG_PORTS({"min", SG_ANY_DTYPE, "the smallest elements; NaN where there is one"},
                        {"max", SG_ANY_DTYPE, "the largest elements; NaN where there is one"}),
    SG_REDUCE_OPTIONS("dimensions to reduce; default all"),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 5, -2)), SG_GIVES(-2)},
                          {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_OVER(false, 1)},
                          {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), SG_OVER(true, 0)},
                          {"bytes", SG_ON(SG_BYTES(3, 250, SG_DIMS(3, 20))), SG_OVER(false, -1)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
                          {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)}),
    .bad_samples =
        SG_SAMPLES({"empty", SG_ON(SG_RANDN(0, 2)), .error = "nothing to choose from"},
                   {"dimension twice", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 1, -1), .error = "named twice"}),
};

sg_tensor *sg_aminmax(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **max) {
  return sg_reduction_apply(context, &op_aminmax, x, options, max);
}
