// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = sqrt(x): NaN below 0.  d_x = d_y / (2 y), infinite at x = 0; the output is what is saved.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_sqrt); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_sqrt, call->outputs[0]);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_div(call->context, call->d_outputs[0], sg_mul_scalar(call->context, call->outputs[0], 2));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_UNIFORM(0.5, 3, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){4, 2.25}), SG_DIMS(2))},
     .expected = (const double[]){2, 1.5}},
    {.name = "small", .inputs = {SG_UNIFORM(1e-3, 1e-2, SG_DIMS(3))}},
    {.name = "scalar", .inputs = {SG_UNIFORM(0.5, 3, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_sqrt = {
    .name = "sqrt",
    .summary = "The square root.",
    .formula = "y = sqrt(x)",
    .reference = "Elementary",
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

sg_tensor *sg_sqrt(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sqrt, 1, &x, NULL); }
