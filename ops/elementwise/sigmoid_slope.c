// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = s(x) (1 - s(x)) = exp(-|x|) / (1 + exp(-|x|))^2 with the sigmoid s: its derivative, the density of the
// logistic distribution, and a quarter of the derivative of tanh at x / 2. Beside it
//
//   d_x = d_y y (1 - 2 s(x)) = -d_y y tanh(x / 2)
//
// makes the three a family that is closed under differentiation, in which nothing is subtracted from 1 after it was
// rounded to it: derivatives of sigmoid and tanh of every order keep their digits in both tails, and around 0.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_sigmoid_slope); }

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *direction = sg_tanh(c, sg_mul_scalar(c, call->inputs[0], 0.5));
  call->d_inputs[0] = sg_neg(c, sg_mul(c, call->d_outputs[0], sg_mul(c, call->outputs[0], direction)));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 40, -40}), SG_DIMS(3))},
     .expected = (const double[]){0.25, 4.2483542552915889951e-18, 4.2483542552915889951e-18}},
    {.name = "saturating", .inputs = {SG_UNIFORM(4, 8, SG_DIMS(4))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_sigmoid_slope = {
    .name = "sigmoid_slope",
    .summary = "The derivative of the logistic function, with all its digits in both tails.",
    .formula = "y = exp(-|x|) / (1 + exp(-|x|))^2",
    .reference = "The density of the logistic distribution; Goodfellow et al. 2016, Deep Learning, 3.10",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .save_inputs = 1,
    .save_outputs = 1,
    .prepare = sg_unary_prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_sigmoid_slope(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_sigmoid_slope, 1, &x, NULL);
}
