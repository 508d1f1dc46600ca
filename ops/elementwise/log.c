// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(x), natural: -inf at 0, NaN below.  d_x = d_y / x.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_unary_forward(call, sg_row_log); }

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_div(call->context, call->d_outputs[0], call->inputs[0]);
}

static const sg_sample samples[] = {
    {.name = "matrix", .inputs = {SG_UNIFORM(0.5, 3, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){1, 2}), SG_DIMS(2))},
     .expected = (const double[]){0, 0.69314718055994530942}},
    {.name = "large", .inputs = {SG_UNIFORM(1e3, 1e5, SG_DIMS(5))}},
    {.name = "scalar", .inputs = {SG_UNIFORM(0.5, 3, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "indices", .inputs = {SG_INDICES(3, SG_DIMS(2))}, .error = "x has dtype i64"},
    {0},
};

const sg_op op_log = {
    .name = "log",
    .summary = "The natural logarithm.",
    .formula = "y = log(x)",
    .reference = "Abramowitz and Stegun 4.1",
    .inputs = SG_PORTS({"x", 0, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .save_inputs = 1,
    .prepare = sg_unary_prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_log(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_log, 1, &x, NULL); }
