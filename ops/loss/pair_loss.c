// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/loss/pair_loss.h"

#include <math.h>

enum { X, TARGET, WEIGHT, P };

static sg_reduction reduction_of(const void *options) { return (sg_reduction) * (const int *)options; }

// ---- prepare ----------------------------------------------------------------------------------------

static sg_status check_shapes(const sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *target = sg_plan_shape(plan, TARGET);
  if (!sg_shape_equal(x, target))
    return sg_reject(plan, "target has shape %s, expected %s (the shape of x)", sg_shape_text(target).text,
                     sg_shape_text(x).text);
  for (int i = WEIGHT; i < plan->input_count; i++) {
    sg_shape common;
    if (!plan->inputs[i] || (sg_shape_broadcast(x, sg_plan_shape(plan, i), &common) && sg_shape_equal(x, &common)))
      continue;
    return sg_reject(plan, "%s has shape %s, which does not broadcast to %s (the shape of x)",
                     sg_op_inputs(plan->op)[i].name, sg_shape_text(sg_plan_shape(plan, i)).text,
                     sg_shape_text(x).text);
  }
  return SG_OK;
}

// The layout of the derivative, whose first operands are those of the loss.
static sg_status prepare(sg_plan *plan) {
  if (check_shapes(plan)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, X), scalar = SG_SCALAR;
  const bool each = reduction_of(plan->options) == SG_REDUCTION_NONE;
  const sg_shape *operands[SG_ROW_OPERANDS] = {x, x, &scalar, &scalar, each ? x : &scalar};
  for (int i = WEIGHT; i < plan->input_count; i++)
    if (plan->inputs[i]) operands[i] = sg_plan_shape(plan, i);
  sg_rows_layout *layout = plan->own;
  sg_rows_lay_out(layout, x, SG_ROW_OPERANDS, operands);
  plan->own_bytes = sg_rows_layout_bytes(layout);
  plan->save_inputs = (1u << plan->input_count) - 1;
  plan->output_shape[0] = each ? *x : scalar;
  if (!each) plan->scratch_bytes = sg_rows_sum_bytes(sg_shape_elements(x), 1);
  return SG_OK;
}

// ---- forward and derivatives ------------------------------------------------------------------------

static double factor_of(const void *options, const sg_shape *x) {
  switch (reduction_of(options)) {
  case SG_REDUCTION_MEAN:
    return 1 / (double)sg_shape_elements(x);
  case SG_REDUCTION_BATCHMEAN:
    return x->rank > 0 ? 1 / (double)x->size[0] : 1;
  default:
    return 1;
  }
}

typedef struct row_parameter {
  double factor, p;
} row_parameter;

static sg_rows rows_of(const sg_call *call, const row_parameter *parameter) {
  sg_rows rows = {.layout = call->plan, .parameter = parameter};
  for (int i = 0; i < call->input_count; i++) rows.operand[i] = call->inputs[i];
  return rows;
}

static double p_of(const sg_call *call) {
  const sg_pair_loss *member = call->op->member;
  return member->p ? member->p(call->options) : 1;
}

static void forward(const sg_call *call) {
  const sg_pair_loss *member = call->op->member;
  row_parameter parameter = {1, p_of(call)};
  sg_rows rows = rows_of(call, &parameter);
  if (reduction_of(call->options) == SG_REDUCTION_NONE) {
    rows.result[0] = call->outputs[0];
    sg_rows_compute(call, member->row, &rows);
    return;
  }
  const double factor = factor_of(call->options, sg_tensor_shape(call->inputs[X]));
  double sum = sg_rows_sum(call, member->row, &rows, false, call->scratch) * factor;
  if (!isfinite(sum) && factor != 1 && isfinite(factor)) { // its terms may be finite with the factor
    parameter.factor = factor;
    sum = sg_rows_sum(call, member->row, &rows, true, call->scratch);
  }
  void *y = sg_output_data(call->outputs[0]);
  if (call->dtype == SG_F32)
    *(float *)y = (float)sum;
  else
    *(double *)y = sum;
}

static void backward(const sg_call *call) {
  const sg_pair_loss *member = call->op->member;
  const row_parameter parameter = {factor_of(call->options, &call->input_shapes[X]), p_of(call)};
  sg_rows rows = rows_of(call, &parameter);
  rows.operand[SG_ROW_OPERANDS - 1] = call->d_outputs[0];
  rows.result[0] = call->d_inputs[X];
  rows.result[1] = call->d_inputs[TARGET];
  sg_rows_compute(call, member->fused, &rows);
}

// d_y slope, and last the factors, which would make a small d_y smaller before a large slope meets it
static sg_tensor *times(const sg_call *call, sg_tensor *slope) {
  sg_context *c = call->context;
  sg_tensor *d = sg_mul(c, call->d_outputs[0], slope);
  if (call->input_count > WEIGHT && call->inputs[WEIGHT]) d = sg_mul(c, d, call->inputs[WEIGHT]);
  return sg_mul_scalar(c, d, factor_of(call->options, &call->input_shapes[X]));
}

static void vjp(const sg_call *call) {
  const sg_pair_loss *member = call->op->member;
  if (call->needs[X] || !member->target_slope) call->d_inputs[X] = times(call, member->slope(call));
  if (!call->needs[TARGET]) return;
  call->d_inputs[TARGET] =
      member->target_slope ? times(call, member->target_slope(call)) : sg_neg(call->context, call->d_inputs[X]);
}

sg_tensor *sg_pair_difference(const sg_call *call) {
  return sg_sub(call->context, call->inputs[X], call->inputs[TARGET]);
}

const sg_op sg_pair_loss_family = {
    .inputs = SG_PORTS({"x", 0, "any shape"}, {"target", 0, "the shape of x"}),
    .outputs = SG_PORTS({"y", 0, "a scalar, or the shape of x for reduction none"}),
    SG_OPTIONS(sg_loss_options, &sg_loss_defaults, SG_REDUCTION_OPTION(sg_loss_options)),
    SG_PLANNED(sg_rows_layout, prepare, forward, vjp),
    .backward = backward,
    .samples = SG_SAMPLES(
        {"batch", SG_ON(SG_DISTINCT(0.25, 0.8, SG_DIMS(2, 3, 2)), SG_DISTINCT(0.27, 0.82, SG_DIMS(2, 3, 2)))},
        {"scalar", SG_ON(SG_UNIFORM(0.1, 0.3, SG_SCALAR), SG_UNIFORM(0.5, 0.9, SG_SCALAR))}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)),
                               .error = "target has shape [3], expected [2, 3] (the shape of x)"}),
};
