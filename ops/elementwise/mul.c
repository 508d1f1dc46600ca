// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a b, element by element.  d_a = d_y b and d_b = d_y a, each summed over the dimensions along which it was
// broadcast. Each factor is saved for the other one's derivative only.
#include "ops/elementwise/map.h"

static sg_status prepare(sg_plan *plan) {
  bool needs_a = sg_tensor_requires_grad(plan->inputs[0]), needs_b = sg_tensor_requires_grad(plan->inputs[1]);
  plan->save_inputs = (needs_b ? 1u : 0u) | (needs_a ? 2u : 0u);
  return sg_binary_prepare(plan);
}

static void forward(const sg_call *call) { sg_binary_forward(call, sg_row_mul); }

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *shapes = call->input_shapes;
  sg_tensor *d_y = call->d_outputs[0];
  sg_tensor *a = call->inputs[0], *b = call->inputs[1];
  if (call->needs[0]) call->d_inputs[0] = sg_sum_to(c, sg_mul(c, d_y, b), &shapes[0]);
  if (call->needs[1]) call->d_inputs[1] = sg_sum_to(c, sg_mul(c, d_y, a), &shapes[1]);
}

static const sg_sample samples[] = {
    {.name = "same shape", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 4)), SG_NORMAL(0, 1, SG_DIMS(3, 4))}},
    {.name = "by hand",
     .inputs = {SG_VALUES(((const double[]){1, -2, 3}), SG_DIMS(3)),
                SG_VALUES(((const double[]){2, 4, -0.5}), SG_DIMS(3))},
     .expected = (const double[]){2, -8, -1.5}},
    {.name = "rows", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3, 4)), SG_NORMAL(0, 1, SG_DIMS(4))}},
    {.name = "channels", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 1, 1)), SG_NORMAL(0, 1, SG_DIMS(2, 3, 2, 2))}},
    {.name = "outer", .inputs = {SG_NORMAL(0, 1, SG_DIMS(3, 1)), SG_NORMAL(0, 1, SG_DIMS(1, 4))}},
    {.name = "scalar", .inputs = {SG_NORMAL(0, 1, SG_DIMS(2, 3)), SG_NORMAL(0, 1, SG_SCALAR)}},
    {.name = "scalars", .inputs = {SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)}},
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

const sg_op op_mul = {
    .name = "mul",
    .summary = "The product of two tensors, element by element; they broadcast.",
    .formula = "y = a * b",
    .reference = "Elementary",
    .inputs = SG_PORTS({"a", 0, "tensor of any shape"}, {"b", 0, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the broadcast shape"}),
    .save_inputs = 3,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
    .bad_samples = bad_samples,
};

sg_tensor *sg_mul(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_mul, 2, (sg_tensor *[]){a, b}, NULL);
}
