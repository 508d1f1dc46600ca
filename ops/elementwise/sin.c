// SPDX-License-Identifier: GPL-3.0-or-later
//
// sin(x), x in radians.  d_x = d_y cos(x).
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_sin); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_sin, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul(call->context, call->d_outputs[0], sg_cos(call->context, call->inputs[0]));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){0, 1}), SG_DIMS(2))},
     .expected = (const double[]){0, 0.84147098480789650665}},
    {.name = "far", .inputs = {SG_UNIFORM(8, 12, SG_DIMS(5))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_sin = {
    .name = "sin",
    .summary = "The sine of x in radians.",
    .formula = "y = sin(x)",
    .reference = "Abramowitz and Stegun 4.3",
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

sg_tensor *sg_sin(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sin, 1, &x, NULL); }
