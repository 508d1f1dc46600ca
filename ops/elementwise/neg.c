// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = -x.  d_x = -d_y.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_neg); }

static void vjp(const sg_call *call) { call->d_inputs[0] = sg_neg(call->context, call->d_outputs[0]); }

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){1, -2}), SG_DIMS(2))},
     .expected = (const double[]){-1, 2}},
    {.name = "vector", .inputs = {SG_NORMAL(0, 1, SG_DIMS(7))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_neg = {
    .name = "neg",
    .summary = "The negative of x.",
    .formula = "y = -x",
    .reference = "Elementary",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .prepare = sg_unary_prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_neg(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_neg, 1, &x, NULL); }
