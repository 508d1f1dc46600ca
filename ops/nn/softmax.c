// SPDX-License-Identifier: GPL-3.0-or-later
//
// For a cotangent g, dx = y (g - sum of g y over dim), and the same with any number added to g: that is -g at the
// largest y, so that no digits are lost where y has been rounded to 1.
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *y = call->outputs[0], *g = call->d_outputs[0];
  sg_shape sums = call->input_shapes[0];
  if (sums.rank > 0 && sg_shape_elements(&sums) > 0) {
    int dimension = sg_softmax_dimension(call);
    sums.size[dimension] = 1;
    g = sg_sub(c, g, sg_gather(c, g, sg_softmax_largest(c, y, dimension), dimension));
  }
  call->d_inputs[0] = sg_mul(c, y, sg_sub(c, g, sg_sum_to(c, sg_mul(c, g, y), &sums)));
}

const sg_op op_softmax = {
    SG_SOFTMAX_MEMBER(softmax, SOFTMAX),
    SG_WORDS("Exponentials divided by their sum: positive numbers that add up to 1.",
             "y = exp(x) / sum of exp(x) over dim",
             "Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990"),
    .vjp = vjp,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 0, 0, 0)), SG_GIVES(0.25, 0.25, 0.25, 0.25)}),
};

sg_tensor *sg_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options) {
  return sg_apply_one(context, &op_softmax, 1, &x, options);
}
