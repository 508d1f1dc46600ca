// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x^2.  d_x = 2 x d_y.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_square); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_square, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul_scalar(call->context, sg_mul(call->context, call->d_outputs[0], call->inputs[0]), 2);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){3, -2, 0}), SG_DIMS(3))},
     .expected = (const double[]){9, 4, 0}},
    {.name = "vector", .inputs = {SG_NORMAL(0, 1, SG_DIMS(7))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_square = {
    .name = "square",
    .summary = "The square of x.",
    .formula = "y = x^2",
    .reference = "Elementary",
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

sg_tensor *sg_square(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_square, 1, &x, NULL); }
