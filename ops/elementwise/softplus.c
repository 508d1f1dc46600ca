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

static const sg_sample samples[] = {
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 1000, -1000}), SG_DIMS(3))},
     .expected = (const double[]){0.69314718055994530942, 1000, 0}},
    {.name = "sharp", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}, .options = &(const softplus_options){3}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "beta = 0",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2))},
     .options = &(const softplus_options){0},
     .error = "beta"},
    {0},
};

const sg_op op_softplus = {
    .name = "softplus",
    .summary = "A smooth rectifier.",
    .formula = "y = log(1 + exp(beta * x)) / beta",
    .reference = "Dugas et al. 2001; without PyTorch's threshold, which this form does not need",
    .family = &sg_unary_family,
    .member = &(const sg_unary){.row = sg_row_softplus, .fused = sg_row_d_softplus},
    .attributes = SG_ATTRIBUTES({"beta", SG_ATTRIBUTE_FLOAT, offsetof(softplus_options, beta),
                                 "sharpness of the bend", SG_ABOVE, 0, 0, NULL}),
    .options_bytes = sizeof(softplus_options),
    .defaults = &defaults,
    .save_inputs = 1,
    .backward = sg_unary_backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_softplus(sg_context *context, sg_tensor *x, double beta) {
  return sg_apply_one(context, &op_softplus, 1, &x, &(softplus_options){beta});
}
