// SPDX-License-Identifier: GPL-3.0-or-later
//
// erfc(x) = 1 - erf(x), which keeps its digits where erf(x) is close to 1.  d_x = -d_y 2 / sqrt(pi) exp(-x^2).
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_erfc); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_erfc, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[0], *x = sg_tails(c, call->inputs[0]);
  const double minus_two_over_sqrt_pi = -1.12837916709551257390;
  sg_tensor *slope = sg_mul_scalar(c, sg_exp(c, sg_neg(c, sg_square(c, x))), minus_two_over_sqrt_pi);
  call->d_inputs[0] = sg_mul(c, d_y, slope);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 1}), SG_DIMS(2))},
     .expected = (const double[]){1, 0.15729920705028513066}},
    {.name = "wide", .inputs = {SG_UNIFORM(-2, 2, SG_DIMS(7))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_erfc = {
    .name = "erfc",
    .summary = "The complement of the error function, 1 - erf(x), without cancellation.",
    .formula = "y = 2 / sqrt(pi) * integral of exp(-t^2) dt from x to infinity",
    .reference = "Abramowitz and Stegun 7.1.2",
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

sg_tensor *sg_erfc(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_erfc, 1, &x, NULL); }
