// SPDX-License-Identifier: GPL-3.0-or-later
//
// The covariances over the deviations of both variables.
#include "ops/loss/composed_loss.h"

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *input;
  sg_widened(call, &input);
  sg_tensor *y = sg_cov(c, input, NULL, NULL, 1);
  if (sg_error_status(c)) return;
  if (sg_tensor_shape(y)->rank == 0) {
    outputs[0] = sg_to(c, sg_div(c, y, y), call->dtype);
    return;
  }
  sg_tensor *deviations = sg_sqrt(c, sg_diagonal(c, y, 0, 0, 1));
  y = sg_div(c, sg_div(c, y, sg_unsqueeze(c, deviations, 1)), sg_unsqueeze(c, deviations, 0));
  outputs[0] = sg_to(c, sg_clamp(c, y, -1, 1), call->dtype);
}

const sg_op op_corrcoef = {
    SG_COMPOSED(corrcoef, NULL, compose),
    SG_WORDS("Correlation coefficients of variables, the rows, over observations, the columns: NaN of a variable "
             "that is "
             "constant.",
             "y[i, j] = cov(x)[i, j] / sqrt(cov(x)[i, i] cov(x)[j, j])", "PyTorch, torch.corrcoef"),
    .cost = "that of the product of x and its transpose",
    .inputs = SG_PORTS({"x", 0, "(d, n), or (n) of one variable, or a scalar"}),
    .outputs = SG_PORTS({"y", 0, "(d, d), or a scalar of one variable"}),
    .conditioned = true,
    .samples = SG_SAMPLES({"matrix", SG_ON(SG_RANDN(3, 5))}, {"two variables", SG_ON(SG_RANDN(2, 8))},
                          {"many", SG_ON(SG_RANDN(4, 6))}),
    .bad_samples = SG_SAMPLES(
        {"three dimensions", SG_ON(SG_RANDN(2, 3, 4)), .error = "x has shape [2, 3, 4], expected at most two"}),
};

sg_tensor *sg_corrcoef(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_corrcoef, 1, &x, NULL);
}
