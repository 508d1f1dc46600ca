// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a where the condition is not 0, else b.  d_a = d_y where the condition holds, else 0; d_b the other way
// round; each summed over the dimensions along which it was broadcast.
#include "ops/ops.h"
#include "ops/rows.h"

enum { CONDITION, A, B };

static sg_status prepare(sg_plan *plan) {
  const sg_shape *condition = sg_plan_shape(plan, CONDITION), *a = sg_plan_shape(plan, A),
                 *b = sg_plan_shape(plan, B);
  const sg_dtype common = sg_tensor_dtype(plan->inputs[A]);
  if (sg_dtype_bytes(common) == 1)
    return sg_reject(plan, "a has dtype %s, expected f32, f64 or i64", sg_dtype_name(common));
  sg_shape both;
  if (!sg_shape_broadcast(a, b, &both) || !sg_shape_broadcast(condition, &both, &plan->output_shape[0]))
    return sg_reject(plan, "condition has shape %s, a %s, b %s: they do not broadcast",
                     sg_shape_text(condition).text, sg_shape_text(a).text, sg_shape_text(b).text);
  sg_rows_layout *layout = plan->own;
  sg_rows_lay_out(layout, &plan->output_shape[0], 3, (const sg_shape *[]){condition, a, b});
  plan->own_bytes = sg_rows_layout_bytes(layout);
  return SG_OK;
}

static sg_row_name row_of(sg_dtype condition) {
  switch (condition) {
  case SG_F32:
    return sg_row_where_f32;
  case SG_F64:
    return sg_row_where_f64;
  case SG_I64:
    return sg_row_where_i64;
  default:
    return sg_row_where_byte;
  }
}

static void forward(const sg_call *call) {
  const sg_tensor *condition = call->inputs[CONDITION];
  sg_rows_compute(call, row_of(sg_tensor_dtype(condition)),
                  &(sg_rows){.layout = call->plan,
                             .operand = {condition, call->inputs[A], call->inputs[B]},
                             .result = {call->outputs[0]}});
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *shapes = call->input_shapes;
  sg_tensor *condition = call->inputs[CONDITION], *d_y = call->d_outputs[0], *zero = sg_scalar_like(c, d_y, 0);
  if (call->needs[A]) call->d_inputs[A] = sg_sum_to(c, sg_where(c, condition, d_y, zero), &shapes[A]);
  if (call->needs[B]) call->d_inputs[B] = sg_sum_to(c, sg_where(c, condition, zero, d_y), &shapes[B]);
}

const sg_op op_where = {
    .name = "where",
    .summary = "Elements of a where a condition holds, else of b.",
    .formula = "y = a where condition is not 0, else b",
    .reference = "PyTorch, torch.where",
    .inputs = SG_PORTS({"condition", SG_ANY_DTYPE | SG_STEP, "of any dtype; not 0 is true"},
                       {"a", SG_SELF | SG_ANY_DTYPE, "tensor of any shape, f32, f64 or i64"},
                       {"b", SG_ANY_DTYPE, "tensor of any shape, of the dtype of a; all three broadcast"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the chosen elements, in the broadcast shape"}),
    .save_inputs = 1u << CONDITION,
    .plan_bytes = sizeof(sg_rows_layout),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"indices as condition", SG_ON(SG_INDICES(2, SG_DIMS(3, 4)), SG_RANDN(3, 4), SG_RANDN(3, 4))},
        {"by hand", SG_ON(SG_VECTOR(1, 0, -2), SG_VECTOR(1, 2, 3), SG_VECTOR(4, 5, 6)), SG_GIVES(1, 5, 3)},
        {"all three broadcast", SG_ON(SG_VALUES(SG_NUMBERS(1, 0), SG_DIMS(2, 1, 1)), SG_RANDN(3, 1), SG_RANDN(4))},
        {"numbers", SG_ON(SG_VECTOR(1, 0, 1, 1), SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
        {"one condition", SG_ON(SG_VALUES(((const double[]){0}), SG_SCALAR), SG_RANDN(2, 3), SG_RANDN(3))},
        {"empty", SG_ON(SG_RANDN(2, 0), SG_RANDN(2, 1), SG_RANDN(2, 1))}),
    .bad_samples = SG_SAMPLES(
        {"shapes", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(3)),
         .error = "condition has shape [2], a [3], b [3]: they do not broadcast"},
        {"choice of dtypes",
         SG_ON(SG_INDICES(2, SG_DIMS(2)), SG_OF_DTYPE(SG_F32, SG_DIMS(2)), SG_OF_DTYPE(SG_F64, SG_DIMS(2))),
         .error = "b has dtype f64"}),
};

sg_tensor *sg_where(sg_context *context, sg_tensor *condition, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_where, 3, (sg_tensor *[]){condition, a, b}, NULL);
}
