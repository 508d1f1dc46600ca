// SPDX-License-Identifier: GPL-3.0-or-later
//
// For a cotangent g, dx = g - exp(y) (sum of g over dim); at the largest y in another form, see
// sg_log_softmax_gradient.
#include "ops/nn/softmax_family.h"
#include "ops/ops.h"

#include <math.h>

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_log_softmax_gradient(call->context, call->outputs[0], call->d_outputs[0], NULL,
                                              sg_softmax_dimension(call));
}

const sg_op op_log_softmax = {
    SG_SOFTMAX_MEMBER(log_softmax, LOG_SOFTMAX),
    SG_WORDS("The logarithm of softmax, exact where softmax itself would underflow.",
             "y = x - log(sum of exp(x) over dim)",
             "Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs, 1990"),
    .vjp = vjp,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 0)), SG_GIVES(-M_LN2, -M_LN2)}),
};

sg_tensor *sg_log_softmax(sg_context *context, sg_tensor *x, const sg_softmax_options *options) {
  return sg_apply_one(context, &op_log_softmax, 1, &x, options);
}
