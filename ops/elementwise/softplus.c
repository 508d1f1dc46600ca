// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = log(1 + exp(beta x)) / beta = max(x, 0) + log(1 + exp(-|beta x|)) / beta, which overflows nowhere.
// d_x = d_y sigmoid(beta x).
#include "ops/elementwise/map.h"

typedef struct softplus_options {
  double beta;
} softplus_options;

static const softplus_options defaults = {1};

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_softplus); }

static void backward(const sg_call *call) { sg_unary_backward(call, sg_row_d_softplus, call->inputs[0]); }

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const softplus_options *options = call->options;
  sg_tensor *gate = sg_sigmoid(c, sg_mul_scalar(c, call->inputs[0], options->beta));
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], gate);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 1000, -1000}), SG_DIMS(3))},
     .expected = (const double[]){0.69314718055994530942, 1000, 0}},
    {.name = "sharp", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}, .options = &(const softplus_options){3}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
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
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .attributes = SG_ATTRIBUTES({"beta", SG_ATTRIBUTE_FLOAT, offsetof(softplus_options, beta),
                                 "sharpness of the bend", SG_ABOVE, 0, 0, NULL}),
    .options_bytes = sizeof(softplus_options),
    .defaults = &defaults,
    .save_inputs = 1,
    .prepare = sg_unary_prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_softplus(sg_context *context, sg_tensor *x, double beta) {
  return sg_apply_one(context, &op_softplus, 1, &x, &(softplus_options){beta});
}
