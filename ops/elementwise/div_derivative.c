// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of g a / b by b, `order` times:
//
//   y = (-1)^n n! g a / b^(n + 1),   n = order
//
// What the derivatives of div are made of. Its own derivatives are of the same kind: by g and a with the cotangent
// in their place, by b with an order more. As quotients of the quotient a / b they would contain 1 / b, which may
// be infinite where a / b and the result are not.
#include "ops/kernels/power.h"
#include "ops/ops.h"
#include "ops/rows.h"

enum { G, A, B };

typedef struct div_derivative_options {
  int64_t order;
} div_derivative_options;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *g = sg_plan_shape(plan, G), *a = sg_plan_shape(plan, A), *b = sg_plan_shape(plan, B);
  sg_shape both;
  if (sg_shape_broadcast(g, a, &both) && sg_shape_broadcast(&both, b, &plan->output_shape[0])) return SG_OK;
  return sg_reject(plan, "g has shape %s, a %s, b %s: they do not broadcast", sg_shape_text(g).text,
                   sg_shape_text(a).text, sg_shape_text(b).text);
}

static void forward(const sg_call *call) {
  const sg_tensor *g = call->inputs[G], *a = call->inputs[A], *b = call->inputs[B];
  const sg_shape *operands[] = {sg_tensor_shape(g), sg_tensor_shape(a), sg_tensor_shape(b)};
  sg_rows_layout layout;
  sg_rows_lay_out(&layout, sg_tensor_shape(call->outputs[0]), 3, operands);
  sg_rows_compute(
      call, sg_row_div_derivative,
      &(sg_rows){
          .layout = &layout, .operand = {g, a, b}, .result = {call->outputs[0]}, .parameter = call->options});
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const int64_t order = ((const div_derivative_options *)call->options)->order;
  const sg_shape *shapes = call->input_shapes;
  sg_tensor *d_y = call->d_outputs[0], *g = call->inputs[G], *a = call->inputs[A], *b = call->inputs[B];
  if (call->needs[G]) call->d_inputs[G] = sg_sum_to(c, sg_div_derivative(c, d_y, a, b, order), &shapes[G]);
  if (call->needs[A]) call->d_inputs[A] = sg_sum_to(c, sg_div_derivative(c, g, d_y, b, order), &shapes[A]);
  if (call->needs[B])
    call->d_inputs[B] = sg_sum_to(c, sg_mul(c, d_y, sg_div_derivative(c, g, a, b, order + 1)), &shapes[B]);
}

static const div_derivative_options defaults = {1}, zeroth = {0}, third = {3}, too_high = {17};

const sg_op op_div_derivative = {
    .name = "div_derivative",
    .summary = "A derivative of g a / b by b, which leaves the range where the result does and not before.",
    .formula = "y = (-1)^n n! g a / b^(n + 1), n = order",
    .reference = "Elementary",
    .inputs = SG_PORTS({"g", SG_SAME_PLACE, "tensor of any shape"}, {"a", SG_SAME_PLACE, "tensor of any shape"},
                       {"b", SG_SAME_PLACE, "the divisor; all three broadcast"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the broadcast shape"}),
    SG_OPTIONS(div_derivative_options, &defaults,
               SG_OPTION(div_derivative_options, order, INT, "times by b; default 1", SG_AT_LEAST | SG_AT_MOST, 0,
                         POW_ORDERS)),
    .save_inputs = 7,
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"same shape", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(3, 4)))},
        {"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(2, -2, 1), SG_VECTOR(1, 2, -0.5)), SG_GIVES(-2, 1, -12)},
        {"by hand, twice",
         SG_ON(SG_VALUES(((const double[]){1}), SG_SCALAR), SG_VECTOR(3, -2),
               SG_VALUES(((const double[]){2}), SG_SCALAR)),
         SG_WITH(div_derivative_options, 2), SG_GIVES(0.75, -0.5)},
        {"not at all", SG_ON(SG_RANDN(2, 3), SG_RANDN(3), SG_UNIFORM(0.5, 2, SG_DIMS(2, 1))), .options = &zeroth},
        {"three times", SG_ON(SG_RANDN(4), SG_RANDN(2, 4), SG_UNIFORM(-2, -0.5, SG_DIMS(4))), .options = &third},
        {"all three broadcast", SG_ON(SG_RANDN(2, 1, 1), SG_RANDN(3, 1), SG_UNIFORM(0.5, 2, SG_DIMS(4)))},
        {"one divisor", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_UNIFORM(0.5, 2, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(2, 0), SG_NORMAL(0, 1, SG_SCALAR), SG_UNIFORM(0.5, 2, SG_DIMS(2, 1)))}),
    .bad_samples = SG_SAMPLES(
        {"shapes", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(3)),
         .error = "g has shape [2], a [3], b [3]: they do not broadcast"},
        {"order", SG_ON(SG_RANDN(2), SG_RANDN(2), SG_RANDN(2)), .options = &too_high, .error = "order is 17"}),
};

sg_tensor *sg_div_derivative(sg_context *context, sg_tensor *g, sg_tensor *a, sg_tensor *b, int64_t order) {
  return sg_apply_one(context, &op_div_derivative, 3, (sg_tensor *[]){g, a, b}, &(div_derivative_options){order});
}
