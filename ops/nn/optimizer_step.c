// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/nn/optimizer_step.h"
#include "autograd/custom.h"
#include "ops/kernels/optimizer.h"
#include "ops/rows.h"
#include "ops/select_kernels.h"

#include <math.h>

// ---- Checks -------------------------------------------------------------------------------------------

static sg_status check_parameter(sg_context *c, const char *step, sg_tensor *parameter) {
  if (!parameter) return sg_error(c, SG_INVALID_ARGUMENT, "%s: parameter is missing", step);
  if (sg_tensor_context(parameter) != c)
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: parameter belongs to another context", step);
  if (!sg_dtype_is_floating(sg_tensor_dtype(parameter)))
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: parameter has dtype %s, expected f32 or f64", step,
                    sg_dtype_name(sg_tensor_dtype(parameter)));
  if (sg_grad_enabled(c) && sg_tensor_requires_grad(parameter))
    return sg_error(c, SG_INVALID_STATE, "%s: parameter requires a gradient; take the step without recording",
                    step);
  return sg_error_status(c);
}

static sg_status check_like(sg_context *c, const char *step, const char *name, sg_tensor *tensor,
                            sg_tensor *parameter) {
  if (!tensor) return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s is missing", step, name);
  if (sg_tensor_context(tensor) != c)
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s belongs to another context", step, name);
  if (!sg_shape_equal(sg_tensor_shape(tensor), sg_tensor_shape(parameter)))
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s has shape %s, expected %s (the parameter's)", step, name,
                    sg_shape_text(sg_tensor_shape(tensor)).text, sg_shape_text(sg_tensor_shape(parameter)).text);
  if (sg_tensor_dtype(tensor) != sg_tensor_dtype(parameter))
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s has dtype %s, expected %s (the parameter's)", step, name,
                    sg_dtype_name(sg_tensor_dtype(tensor)), sg_dtype_name(sg_tensor_dtype(parameter)));
  return sg_error_status(c);
}

static bool overlap(const sg_tensor *a, const sg_tensor *b) {
  const char *at_a = sg_tensor_data(a), *at_b = sg_tensor_data(b);
  return at_a < at_b + sg_tensor_bytes(b) && at_b < at_a + sg_tensor_bytes(a);
}

// State that is written must be memory of its own.
static sg_status check_apart(sg_context *c, const char *step, const char *name, sg_tensor *state,
                             const char *other_name, sg_tensor *other) {
  if (!overlap(state, other)) return sg_error_status(c);
  return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s shares memory with %s", step, name, other_name);
}

static sg_status check_state(sg_context *c, const char *step, const char *name, sg_tensor *state,
                             sg_tensor *parameter, sg_tensor *gradient) {
  if (check_like(c, step, name, state, parameter) != SG_OK) return sg_error_status(c);
  if (sg_grad_enabled(c) && sg_tensor_requires_grad(state))
    return sg_error(c, SG_INVALID_STATE, "%s: %s requires a gradient", step, name);
  if (check_apart(c, step, name, state, "parameter", parameter) != SG_OK) return sg_error_status(c);
  if (check_apart(c, step, name, state, "gradient", gradient) != SG_OK) return sg_error_status(c);
  return sg_tensor_may_receive(state, gradient, step);
}

// A finite value in [low, high).
static sg_status check_value(sg_context *c, const char *step, const char *name, double value, double low,
                             double high) {
  if (isfinite(value) && value >= low && value < high) return SG_OK;
  if (isfinite(high))
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s is %g, expected a number in [%g, %g)", step, name, value, low,
                    high);
  if (isfinite(low))
    return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s is %g, expected a number of %g or more", step, name, value,
                    low);
  return sg_error(c, SG_INVALID_ARGUMENT, "%s: %s is %g, expected a finite number", step, name, value);
}

static sg_status check_sgd(sg_context *c, const sg_sgd_options *o) {
  if (check_value(c, "sgd", "lr", o->lr, 0, HUGE_VAL) != SG_OK ||
      check_value(c, "sgd", "momentum", o->momentum, 0, HUGE_VAL) != SG_OK ||
      check_value(c, "sgd", "dampening", o->dampening, -HUGE_VAL, HUGE_VAL) != SG_OK ||
      check_value(c, "sgd", "weight_decay", o->weight_decay, 0, HUGE_VAL) != SG_OK)
    return sg_error_status(c);
  if (o->nesterov && (o->momentum <= 0 || o->dampening != 0))
    return sg_error(c, SG_INVALID_ARGUMENT, "sgd: nesterov needs momentum above 0 and dampening 0, not %g and %g",
                    o->momentum, o->dampening);
  return SG_OK;
}

static sg_status check_adam(sg_context *c, const sg_adam_options *o) {
  if (check_value(c, "adam", "lr", o->lr, 0, HUGE_VAL) != SG_OK ||
      check_value(c, "adam", "beta1", o->beta1, 0, 1) != SG_OK ||
      check_value(c, "adam", "beta2", o->beta2, 0, 1) != SG_OK ||
      check_value(c, "adam", "eps", o->eps, 0, HUGE_VAL) != SG_OK ||
      check_value(c, "adam", "weight_decay", o->weight_decay, 0, HUGE_VAL) != SG_OK)
    return sg_error_status(c);
  if (o->step < 1)
    return sg_error(c, SG_INVALID_ARGUMENT, "adam: step is %lld, expected 1 or more", (long long)o->step);
  return SG_OK;
}

// ---- Steps --------------------------------------------------------------------------------------------

sg_status sg_sgd_step(sg_context *c, sg_tensor *parameter, sg_tensor *gradient, sg_tensor *momentum_buffer,
                      const sg_sgd_options *o) {
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  bool momentum = o->momentum != 0;
  if (check_sgd(c, o) != SG_OK || check_parameter(c, "sgd", parameter) != SG_OK ||
      check_like(c, "sgd", "gradient", gradient, parameter) != SG_OK ||
      sg_tensor_may_receive(parameter, gradient, "sgd") != SG_OK)
    return sg_error_status(c);
  if (momentum && check_state(c, "sgd", "momentum_buffer", momentum_buffer, parameter, gradient) != SG_OK)
    return sg_error_status(c);
  sgd_parameter rule = {.lr = o->lr,
                        .momentum = o->momentum,
                        .dampening = o->dampening,
                        .weight_decay = o->weight_decay,
                        .nesterov = o->nesterov,
                        .maximize = o->maximize,
                        .first = o->first};
  sg_tensor_write(parameter, "sgd");
  if (momentum) sg_tensor_write(momentum_buffer, "sgd");
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  sg_rows_run(c, sg_row_for(c, sg_tensor_dtype(parameter), sg_row_sgd),
              &(sg_rows){.operand = {gradient},
                         .result = {parameter, momentum ? momentum_buffer : NULL},
                         .parameter = &rule});
  return SG_OK;
}

sg_status sg_adam_step(sg_context *c, sg_tensor *parameter, sg_tensor *gradient, sg_tensor *m, sg_tensor *v,
                       const sg_adam_options *o) {
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  if (check_adam(c, o) != SG_OK || check_parameter(c, "adam", parameter) != SG_OK ||
      check_like(c, "adam", "gradient", gradient, parameter) != SG_OK ||
      sg_tensor_may_receive(parameter, gradient, "adam") != SG_OK ||
      check_state(c, "adam", "m", m, parameter, gradient) != SG_OK ||
      check_state(c, "adam", "v", v, parameter, gradient) != SG_OK ||
      check_apart(c, "adam", "v", v, "m", m) != SG_OK)
    return sg_error_status(c);
  double steps = (double)o->step;
  adam_parameter rule = {.lr = o->lr,
                         .beta1 = o->beta1,
                         .beta2 = o->beta2,
                         .eps = o->eps,
                         .weight_decay = o->weight_decay,
                         .correction1 = 1 - pow(o->beta1, steps),
                         .correction2 = sqrt(1 - pow(o->beta2, steps)),
                         .decoupled = o->decoupled,
                         .maximize = o->maximize};
  sg_tensor_write(parameter, "adam");
  sg_tensor_write(m, "adam");
  sg_tensor_write(v, "adam");
  if (sg_error_status(c) != SG_OK) return sg_error_status(c);
  sg_rows_run(c, sg_row_for(c, sg_tensor_dtype(parameter), sg_row_adam),
              &(sg_rows){.operand = {gradient}, .result = {parameter, m, v}, .parameter = &rule});
  return SG_OK;
}
