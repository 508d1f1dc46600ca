// SPDX-License-Identifier: GPL-3.0-or-later
//
// tanh(x).  d_x = d_y (1 - y^2) = d_y 4 s'(2 x) with the sigmoid s, worked out from x: where y has been rounded to
// 1, 1 - y is lost.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_tanh); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_tanh, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *slope = sg_mul_scalar(c, sg_sigmoid_slope(c, sg_mul_scalar(c, call->inputs[0], 2)), 4);
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], slope);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 0.5}), SG_DIMS(2))},
     .expected = (const double[]){0, 0.46211715726000975850}},
    {.name = "saturating", .inputs = {SG_UNIFORM(3, 6, SG_DIMS(4))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_tanh = {
    .name = "tanh",
    .summary = "The hyperbolic tangent.",
    .formula = "y = tanh(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    .reference = "Abramowitz and Stegun 4.5",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .save_inputs = 1,
    .prepare = sg_unary_prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_tanh(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_tanh, 1, &x, NULL); }
