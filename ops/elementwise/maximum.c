// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the larger of a and b; NaN when one is NaN. The larger one gets d_y; at a tie each gets half of it.
#include "ops/elementwise/map.h"

static void forward(const sg_call *call) { sg_binary_forward(call, sg_row_maximum); }

// d_y where this one is chosen, half of it at a tie, else 0. Chosen and not multiplied by 0, as d_y may be
// infinite.
static sg_tensor *share(sg_context *c, sg_tensor *d_y, sg_tensor *other, sg_tensor *tie) {
  sg_tensor *zero = sg_scalar_like(c, d_y, 0);
  return sg_where(c, other, zero, sg_where(c, tie, sg_mul_scalar(c, d_y, 0.5), d_y));
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *shapes = call->input_shapes;
  sg_tensor *d_y = call->d_outputs[0];
  sg_tensor *a = call->inputs[0], *b = call->inputs[1], *tie = sg_eq(c, a, b);
  if (call->needs[0]) call->d_inputs[0] = sg_sum_to(c, share(c, d_y, sg_lt(c, a, b), tie), &shapes[0]);
  if (call->needs[1]) call->d_inputs[1] = sg_sum_to(c, share(c, d_y, sg_gt(c, a, b), tie), &shapes[1]);
}

static const sg_sample samples[] = {
    {.name = "same shape", .inputs = {SG_DISTINCT(-1, 1.2, SG_DIMS(3, 4)), SG_DISTINCT(-0.9, 1.3, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){1, -2, 3}), SG_DIMS(3)),
                SG_VALUES(((const double[]){2, 4, -0.5}), SG_DIMS(3))},
     .expected = (const double[]){2, 4, 3}},
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

const sg_op op_maximum = {
    .name = "maximum",
    .summary = "The larger of two tensors, element by element; they broadcast.",
    .formula = "y = max(a, b)",
    .reference = "PyTorch, torch.maximum",
    .inputs = SG_PORTS({"a", 0, "tensor of any shape"}, {"b", 0, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the broadcast shape"}),
    .save_inputs = 3,
    .prepare = sg_binary_prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_maximum(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_maximum, 2, (sg_tensor *[]){a, b}, NULL);
}
