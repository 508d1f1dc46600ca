// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = log(1 + exp(beta x)) / beta = max(x, 0) + log(1 + exp(-|beta x|)) / beta, which overflows nowhere.
// d_x = d_y sigmoid(beta x).
#include "ops/elementwise/unary.h"

typedef struct softplus_options {
  double beta;
} softplus_options;

static const softplus_options defaults = {1};

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const softplus_options *options = call->options;
  sg_tensor *gate = sg_sigmoid(c, sg_mul_scalar(c, call->inputs[0], options->beta));
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], gate);
}

const sg_op op_softplus = {
    .name = "softplus",
    .summary = "A smooth rectifier.",
    .formula = "y = log(1 + exp(beta * x)) / beta",
    .reference = "Dugas et al. 2001; without PyTorch's threshold, which this form does not need",
    .family = &sg_unary_family,
    .member = &(const sg_unary){.row = sg_row_softplus, .fused = sg_row_d_softplus},
    SG_OPTIONS(softplus_options, &defaults,
               SG_OPTION(softplus_options, beta, FLOAT, "sharpness of the bend", SG_ABOVE, 0)),
    .save_inputs = 1,
    .backward = sg_unary_backward,
    .vjp = vjp,
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(0, 1000, -1000)), SG_GIVES(0.69314718055994530942, 1000, 0)},
                          {"sharp", SG_ON(SG_RANDN(3, 4)), SG_WITH(softplus_options, 3)}),
    .bad_samples = SG_SAMPLES({"beta = 0", SG_ON(SG_RANDN(2)), SG_WITH(softplus_options, 0), .error = "beta"}),
};

sg_tensor *sg_softplus(sg_context *context, sg_tensor *x, double beta) {
  return sg_apply_one(context, &op_softplus, 1, &x, &(softplus_options){beta});
}
