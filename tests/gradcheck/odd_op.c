// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gradcheck/odd_op.h"

#include <math.h>

#include "ops/ops.h"

static sg_status odd_prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

// y = x^2.
static void odd_forward(const sg_call *call) {
  const double *x = sg_input_data(call, 0);
  double *y = sg_output_data(call->outputs[0]);
  for (int64_t i = 0; i < sg_tensor_elements(call->outputs[0]); i++) y[i] = x[i] * x[i];
}

static double misbehave(const odd_options *o, double v, double largest, double sum) {
  switch (o->misbehaviour) {
  case CLIPS:
    return fmin(fmax(v, -1), 1);
  case CLIPS_LATE:
    return fmin(fmax(v, -1e3), 1e3);
  case CLIPS_FAR:
    return fmin(fmax(v, -1e12), 1e12);
  case DROPS_SMALL:
    return fabs(v) < 1e-5 ? 0 : v;
  case TAKES_SIZE:
    return fabs(v);
  case TAKES_SIGN:
    return v > 0 ? 1 : -1;
  case KEEPS_LARGEST:
    return fabs(v) == largest ? v : 0;
  case ADDS:
    return v + 1e-9;
  case DIVIDES_BY_SUM:
    return v * sum / sum;
  case CHANGES:
    return v * (1 + 1e-12 * ++*o->calls);
  default:
    return v;
  }
}

static void odd_backward(const sg_call *call) {
  const odd_options *o = call->options;
  const int64_t count = sg_tensor_elements(call->d_inputs[0]);
  double *x = (double *)sg_tensor_data(call->inputs[0]), *v = (double *)sg_tensor_data(call->d_outputs[0]);
  double *y = (double *)sg_tensor_data(call->outputs[0]), *dx = sg_gradient_data(call, 0);
  double largest = 0, sum = 0;
  for (int64_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs(v[i]));
    sum += fabs(v[i]);
  }
  for (int64_t i = 0; i < count; i++) dx[i] = 2 * x[i] * misbehave(o, v[i], largest, sum);
  if (count == 0) return;
  if (o->misbehaviour == WRITES_INPUT) x[count - 1] += 1;
  if (o->misbehaviour == WRITES_OUTPUT) y[count - 1] = 0;
  if (o->misbehaviour == WRITES_COTANGENT) v[0] *= 2;
}

static void odd_vjp(const sg_call *call) {
  const odd_options *o = call->options;
  sg_context *c = call->context;
  const double factor = o->misbehaviour == OTHER_GRAPH ? 2 * (1 + 1e-7) : 2;
  sg_tensor *v = call->d_outputs[0];
  if (o->misbehaviour == FORGETS_V) v = sg_tensor_detach(c, v);
  call->d_inputs[0] = sg_mul(c, sg_mul_scalar(c, call->inputs[0], factor), v);
}

static const odd_options behaved = {NONE, NULL};
const sg_op op_odd = {
    .name = "odd",
    .inputs = SG_PORTS({.name = "x"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(odd_options),
    .defaults = &behaved,
    .save_inputs = 1,
    .save_outputs = 1,
    .prepare = odd_prepare,
    .forward = odd_forward,
    .backward = odd_backward,
    .vjp = odd_vjp,
};
