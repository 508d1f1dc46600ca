// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 / (1 + exp(-x)).  d_x = d_y y (1 - y), worked out from x: where y has been rounded to 1, 1 - y is lost.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_sigmoid); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_sigmoid, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], sg_sigmoid_slope(c, call->inputs[0]));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 1000, -1000}), SG_DIMS(3))},
     .expected = (const double[]){0.5, 1, 0}},
    {.name = "saturating", .inputs = {SG_UNIFORM(-8, -4, SG_DIMS(4))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_sigmoid = {
    .name = "sigmoid",
    .summary = "The logistic function.",
    .formula = "y = 1 / (1 + exp(-x))",
    .reference = "Goodfellow et al. 2016, Deep Learning, 3.10",
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

sg_tensor *sg_sigmoid(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sigmoid, 1, &x, NULL); }
