// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 where a > b, else 0, in the dtype of a and b. A constant to derivatives.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_binary_forward(call, sg_row_gt); }

static const sg_sample samples[] = {
    {.name = "same shape", .inputs = {SG_DISTINCT(-1, 1.2, SG_DIMS(3, 4)), SG_DISTINCT(-0.9, 1.3, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){1, -2, 3}), SG_DIMS(3)),
                SG_VALUES(((const double[]){2, 4, -0.5}), SG_DIMS(3))},
     .expected = (const double[]){0, 0, 1}},
    {.name = "rows", .inputs = {SG_DISTINCT(-1, 0.8, SG_DIMS(2, 5)), SG_DISTINCT(-0.9, -0.1, SG_DIMS(5))}},
    {.name = "channels",
     .inputs = {SG_DISTINCT(-0.9, -0.5, SG_DIMS(3, 1, 1)), SG_DISTINCT(-1, 1.2, SG_DIMS(2, 3, 2, 1))}},
    {.name = "outer", .inputs = {SG_DISTINCT(-1, -0.6, SG_DIMS(3, 1)), SG_DISTINCT(-0.9, -0.3, SG_DIMS(1, 4))}},
    {.name = "scalars", .inputs = {SG_UNIFORM(1, 2, SG_SCALAR), SG_UNIFORM(3, 4, SG_SCALAR)}},
    {.name = "empty", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 0)), SG_NORMAL(0, 1, SG_DIMS(2, 1))}},
    {0},
};

static const sg_sample bad_samples[] = {
    {.name = "shapes",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_DIMS(2))},
     .error = "a has shape [2, 3], b has shape [2]: they do not broadcast"},
    {.name = "dtypes",
     .inputs = {SG_OF_DTYPE(SG_F32, SG_DIMS(2)), SG_OF_DTYPE(SG_F64, SG_DIMS(2))},
     .error = "b has dtype f64"},
    {.name = "indices",
     .inputs = {SG_NORMAL(0, 1, SG_DIMS(2)), SG_INDICES(3, SG_DIMS(2))},
     .error = "b has dtype i64"},
    {0},
};

const sg_op op_gt = {
    .name = "gt",
    .summary = "1 where a is greater than b, else 0.",
    .formula = "y = 1 where a > b, else 0",
    .reference = "Elementary",
    .inputs = SG_PORTS({"a", SG_STEP, "tensor of any shape"},
                       {"b", SG_STEP, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", SG_STEP, "ones and zeros, in the broadcast shape"}),
    .prepare = sg_binary_prepare,
    .forward = forward,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_gt(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_gt, 2, (sg_tensor *[]){a, b}, NULL);
}
