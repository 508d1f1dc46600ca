// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = |x|.  d_x = d_y sign(x), which is 0 at x = 0.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_abs); }

static void backward(const sg_call *call) {
  sg_unary_backward(call, sg_row_d_abs, call->inputs[0]);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_mul(call->context, call->d_outputs[0], sg_sign(call->context, call->inputs[0]));
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){3, -2}), SG_DIMS(2))},
     .expected = (const double[]){3, 2}},
    {.name = "one", .inputs = {SG_UNIFORM(-2, -1, SG_DIMS(1, 1))}},
    {.name = "scalar", .inputs = {SG_UNIFORM(1, 2, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_abs = {
    .name = "abs",
    .summary = "The absolute value.",
    .formula = "y = |x|",
    .reference = "Elementary; the derivative at 0 is 0, as in PyTorch",
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

sg_tensor *sg_abs(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_abs, 1, &x, NULL); }
