// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 / sqrt(x): infinite at 0, NaN below.  d_x = -d_y y^3 / 2, so the output is what is saved.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_rsqrt); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_rsqrt, call->outputs[0]);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *d_y = call->d_outputs[0], *y = call->outputs[0];
  call->d_inputs[0] = sg_mul(c, d_y, sg_mul(c, sg_mul_scalar(c, y, -0.5), sg_square(c, y)));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_UNIFORM(0.5, 3, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){4, 0.25}), SG_DIMS(2))},
     .expected = (const double[]){0.5, 2}},
    {.name = "large", .inputs = {SG_UNIFORM(50, 60, SG_DIMS(3))}},
    {.name = "scalar", .inputs = {SG_UNIFORM(0.5, 3, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_rsqrt = {
    .name = "rsqrt",
    .summary = "One over the square root.",
    .formula = "y = 1 / sqrt(x)",
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

sg_tensor *sg_rsqrt(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_rsqrt, 1, &x, NULL); }
