// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = max(x, 0).  d_x = d_y where x > 0, else 0; x > 0 exactly where y > 0, and the output is what the next layer
// keeps anyway, so the output is what is saved. A NaN passes through, both ways.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_relu); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_relu, call->outputs[0]);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[0], *y = call->outputs[0], *zero = sg_scalar_like(c, y, 0);
  call->d_inputs[0] = sg_where(c, sg_le(c, y, zero), zero, d_y);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){3, -2, 0.5}), SG_DIMS(3))},
     .expected = (const double[]){3, 0, 0.5}},
    {.name = "all negative", .inputs = {SG_UNIFORM(-2, -1, SG_DIMS(2, 2))}},
    {.name = "scalar", .inputs = {SG_UNIFORM(1, 2, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_relu = {
    .name = "relu",
    .summary = "The rectifier: negative elements become 0.",
    .formula = "y = max(x, 0)",
    .reference = "Nair and Hinton 2010; the derivative at 0 is 0",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .save_outputs = 1,
    .prepare = sg_unary_prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_relu(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_relu, 1, &x, NULL); }
