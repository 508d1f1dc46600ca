// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/unary.h"
#include "ops/kernels/tail.h"

#include <math.h>

static sg_status prepare(sg_plan *plan) {
  const sg_unary *member = plan->op->member;
  if (member->slope || member->d_x.reads & SG_READS_X) plan->save_inputs = 1;
  if (member->slope_of_y || member->d_x.reads & SG_READS_Y) plan->save_outputs = 1;
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

void sg_unary_forward_by(const sg_call *call, sg_row_name row) {
  sg_rows_compute(
      call, row,
      &(sg_rows){.operand = {call->inputs[0]}, .result = {call->outputs[0]}, .parameter = call->options});
}

static const void *options_of(const sg_call *call) {
  const sg_unary *member = call->op->member;
  return member->constants ? member->constants : call->options;
}

static void forward(const sg_call *call) {
  const sg_unary *member = call->op->member;
  if (member->scalar)
    sg_scalars_compute(
        call, member->scalar,
        &(sg_rows){.operand = {call->inputs[0]}, .result = {call->outputs[0]}, .parameter = options_of(call)});
  else
    sg_unary_forward_by(call, member->row);
}

void sg_unary_backward_by(const sg_call *call, sg_row_name row) {
  const sg_tensor *saved = call->inputs[0] ? call->inputs[0] : call->outputs[0];
  sg_rows_compute(call, row,
                  &(sg_rows){.operand = {saved, call->d_outputs[0]},
                             .result = {call->d_inputs[0]},
                             .parameter = call->options});
}

void sg_unary_backward(const sg_call *call) {
  sg_unary_backward_by(call, ((const sg_unary *)call->op->member)->fused);
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_unary *member = call->op->member;
  if (member->d_x.of) {
    const sg_single s = {c, call->d_outputs[0], call->inputs[0], call->outputs[0], options_of(call)};
    call->d_inputs[0] = member->d_x.of(&s);
    return;
  }
  sg_tensor *slope = member->slope ? member->slope(c, call->inputs[0]) : member->slope_of_y(c, call->outputs[0]);
  call->d_inputs[0] = sg_mul(c, call->d_outputs[0], slope);
}

sg_tensor *sg_tails(sg_context *context, sg_tensor *x) {
  if (!x) return NULL;
  double tail = sg_tensor_dtype(x) == SG_F32 ? TAIL_F32 : TAIL_F64;
  return sg_clamp(context, x, -tail, tail);
}

sg_tensor *sg_one_minus_square(sg_context *context, sg_tensor *x) {
  return sg_sub(context, sg_scalar_like(context, x, 1), sg_square(context, x));
}

sg_tensor *sg_within(sg_context *context, sg_tensor *t, sg_tensor *x, double low, double high) {
  sg_tensor *below = sg_le(context, x, sg_scalar_like(context, x, low));
  sg_tensor *outside = sg_add(context, below, sg_ge(context, x, sg_scalar_like(context, x, high)));
  return sg_where(context, outside, sg_scalar_like(context, t, 0), t);
}

sg_tensor *sg_beyond(sg_context *context, sg_tensor *t, sg_tensor *x, double low, double high) {
  sg_tensor *above = sg_ge(context, x, sg_scalar_like(context, x, low));
  sg_tensor *inside = sg_mul(context, above, sg_le(context, x, sg_scalar_like(context, x, high)));
  return sg_where(context, inside, sg_scalar_like(context, t, 0), t);
}

sg_tensor *sg_nonpositive(sg_context *context, sg_tensor *x) { return sg_clamp(context, x, -HUGE_VAL, 0); }

static const sg_sample samples[] = {
    {"matrix", SG_ON(SG_DOMAIN(SG_DIMS(3, 4)))},
    {"one", SG_ON(SG_DOMAIN(SG_DIMS(1, 1)))},
    {"scalar", SG_ON(SG_DOMAIN(SG_SCALAR))},
    {"empty", SG_ON(SG_DOMAIN(SG_DIMS(2, 0)))},
    {0},
};

const sg_op sg_unary_family = {
    .inputs = SG_PORTS({"x", SG_SAME_PLACE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
};

const sg_op sg_numeric_unary_family = {
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_SAME_PLACE, "tensor of any shape, of integers too"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .prepare = prepare,
    .forward = forward,
    .vjp = vjp,
    .samples = samples,
};

const sg_op sg_step_family = {
    .subgradient = "0, at the jumps too",
    .inputs = SG_PORTS({"x", SG_STEP | SG_NUMERIC | SG_SAME_PLACE, "tensor of any shape, of integers too"}),
    .outputs = SG_PORTS({"y", SG_STEP, "the results, in the shape of x"}),
    .prepare = prepare,
    .forward = forward,
    .samples = samples,
};
