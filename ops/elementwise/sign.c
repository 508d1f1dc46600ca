// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = -1, 0 or 1, the sign of x. Its derivative is zero wherever there is one.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_sign); }

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_tensor_full(call->context, call->dtype, &call->input_shapes[0], 0);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){3, -2}), SG_DIMS(2))},
     .expected = (const double[]){1, -1}},
    {.name = "one", .inputs = {SG_UNIFORM(-2, -1, SG_DIMS(1, 1))}},
    {.name = "scalar", .inputs = {SG_UNIFORM(1, 2, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_sign = {
    .name = "sign",
    .summary = "The sign of x: -1, 0 or 1.",
    .formula = "y = x / |x|, 0 at 0",
    .reference = "Elementary",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .prepare = sg_unary_prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_sign(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_sign, 1, &x, NULL); }
