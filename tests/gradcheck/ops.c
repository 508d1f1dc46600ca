// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gradcheck/ops.h"

#include <math.h>

static sg_status same_shape(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static double *out(const sg_call *call) { return sg_output_data(call->outputs[0]); }
static const double *in(const sg_call *call, int i) { return sg_tensor_data(call->inputs[i]); }
static const double *cotangent(const sg_call *call) { return sg_tensor_data(call->d_outputs[0]); }

// ---- map: elementwise, with all its derivatives ------------------------------------------------------

static double map_value(int function, int order, double x) {
  switch (function) {
  case MAP_SINE:
    return sin(x + order * M_PI_2);
  case MAP_EXP:
    return exp(x);
  case MAP_SQUARE:
    return order == 0 ? x * x : order == 1 ? 2 * x : order == 2 ? 2 : 0;
  case MAP_CUBE:
    return order == 0 ? x * x * x : order == 1 ? 3 * x * x : order == 2 ? 6 * x : 6;
  case MAP_RELU:
    return order == 0 ? fmax(x, 0) : order == 1 ? (x > 0 ? 1 : 0) : 0;
  case MAP_ABS:
    return order == 0 ? fabs(x) : order == 1 ? (x > 0) - (x < 0) : 0;
  case MAP_SQRT:
    return order == 0 ? sqrt(x) : 0.5 / sqrt(x);
  case MAP_POWER_3_2:
    return order == 0 ? x * sqrt(x) : 1.5 * sqrt(x);
  case MAP_RECIPROCAL:
    return order == 0 ? 1 / x : -1 / (x * x);
  case MAP_LINEAR:
    return order == 0 ? x : order == 1 ? 1 : 0;
  case MAP_STEP_BACK:
    return order == 0 ? (x < 0 ? x : 2 * x) : x < 0 ? 1 : x > 0 ? 2 : 3;
  case MAP_CANCELLING:
    return order == 0 ? (x + 1e6) - 1e6 : order == 1 ? 1 : 0;
  case MAP_FEW_DIGITS:
    return order == 0 ? (double)(float)sin(x) : cos(x);
  case MAP_LATE_MISTAKE:
    return exp(x) * (order == 3 ? 1 + 1e-5 : 1);
  default:
    return order == 0 ? 7 : 0;
  }
}

static void map_forward(const sg_call *call) {
  const map_options *o = call->options;
  const double factor = pow(o->scale, 1 - o->derivative);
  for (int64_t i = 0; i < sg_tensor_elements(call->outputs[0]); i++)
    out(call)[i] = factor * map_value(o->function, o->derivative, in(call, 0)[i] / o->scale) *
                   (o->derivative ? 1 + o->mistake : 1);
}

static void map_vjp(const sg_call *call) {
  map_options next = *(const map_options *)call->options;
  next.derivative++;
  sg_tensor *slope = sg_apply_one(call->context, &op_map, 1, (sg_tensor *[]){call->inputs[0]}, &next);
  sg_tensor *const factors[] = {call->d_outputs[0], slope};
  call->d_inputs[0] = sg_apply_one(call->context, &op_plain_mul, 2, factors, NULL);
}

const sg_op op_map = {
    .name = "map",
    .inputs = SG_PORTS({.name = "x"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(map_options),
    .defaults = &(const map_options){.scale = 1},
    .save_inputs = 1,
    .prepare = same_shape,
    .forward = map_forward,
    .vjp = map_vjp,
};

// ---- add, mul, sum -------------------------------------------------------------------------------------

static void add_forward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->outputs[0]); i++) out(call)[i] = in(call, 0)[i] + in(call, 1)[i];
}

static void add_vjp(const sg_call *call) { call->d_inputs[0] = call->d_inputs[1] = call->d_outputs[0]; }

const sg_op op_plain_add = {
    .name = "add",
    .inputs = SG_PORTS({.name = "a"}, {.name = "b"}),
    .outputs = SG_PORTS({.name = "y"}),
    .prepare = same_shape,
    .forward = add_forward,
    .vjp = add_vjp,
};

static void mul_forward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->outputs[0]); i++) out(call)[i] = in(call, 0)[i] * in(call, 1)[i];
}

static void mul_vjp(const sg_call *call) {
  for (int i = 0; i < 2; i++)
    if (call->needs[i]) {
      sg_tensor *const factors[] = {call->d_outputs[0], call->inputs[1 - i]};
      call->d_inputs[i] = sg_apply_one(call->context, &op_plain_mul, 2, factors, NULL);
    }
}

const sg_op op_plain_mul = {
    .name = "mul",
    .inputs = SG_PORTS({.name = "a"}, {.name = "b"}),
    .outputs = SG_PORTS({.name = "y"}),
    .save_inputs = 3,
    .prepare = same_shape,
    .forward = mul_forward,
    .vjp = mul_vjp,
};

static sg_status sum_prepare(sg_plan *plan) {
  plan->output_shape[0] = (sg_shape){0, {0}};
  return SG_OK;
}

static void sum_forward(const sg_call *call) {
  double sum = 0;
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) sum += in(call, 0)[i];
  *out(call) = sum;
}

static void sum_backward(const sg_call *call) {
  double *dx = sg_output_data(call->d_inputs[0]);
  for (int64_t i = 0; i < sg_tensor_elements(call->d_inputs[0]); i++) dx[i] = *cotangent(call);
}

const sg_op op_plain_sum = {
    .name = "sum",
    .inputs = SG_PORTS({.name = "x"}),
    .outputs = SG_PORTS({.name = "y"}),
    .prepare = sum_prepare,
    .forward = sum_forward,
    .backward = sum_backward,
};

// ---- norm: batch normalization of [N, C] without affine part ----------------------------------------------

typedef struct column {
  int64_t n, channels;
  double mean, variance;
} column;

static const sg_shape *shape_of(const sg_call *call) { return sg_tensor_shape(call->inputs[0]); }

static column measure(const sg_call *call, int64_t c) {
  const double *x = in(call, 0);
  column s = {shape_of(call)->size[0], shape_of(call)->size[1], 0, 0};
  for (int64_t i = 0; i < s.n; i++) s.mean += x[i * s.channels + c] / (double)s.n;
  for (int64_t i = 0; i < s.n; i++) s.variance += pow(x[i * s.channels + c] - s.mean, 2) / (double)s.n;
  return s;
}

static void norm_forward(const sg_call *call) {
  const norm_options *o = call->options;
  for (int64_t c = 0; c < shape_of(call)->size[1]; c++) {
    const column s = measure(call, c);
    for (int64_t i = c; i < s.n * s.channels; i += s.channels)
      out(call)[i] = (in(call, 0)[i] - s.mean) / sqrt(s.variance + o->eps);
  }
}

// dx = rstd (dy - mean(dy) - xhat mean(dy xhat)), and the mistakes people make in it.
static void norm_backward(const sg_call *call) {
  const norm_options *o = call->options;
  const double *x = in(call, 0), *dy = cotangent(call);
  double *dx = sg_output_data(call->d_inputs[0]);
  for (int64_t c = 0; c < shape_of(call)->size[1]; c++) {
    const column s = measure(call, c);
    const double count = o->mistake == NORM_N_MINUS_1 ? (double)(s.n - 1) : (double)s.n;
    const double rstd = 1 / sqrt(s.variance + (o->mistake == NORM_NO_EPS ? 0 : o->eps));
    double mean_dy = 0, mean_dy_xhat = 0;
    for (int64_t i = c; i < s.n * s.channels; i += s.channels) {
      mean_dy += dy[i] / count;
      mean_dy_xhat += dy[i] * (x[i] - s.mean) * rstd / count;
    }
    if (o->mistake == NORM_NO_MEAN_TERM) mean_dy = 0;
    if (o->mistake == NORM_NO_XHAT_TERM) mean_dy_xhat = 0;
    for (int64_t i = c; i < s.n * s.channels; i += s.channels)
      dx[i] =
          (o->mistake == NORM_FLIPPED ? -1 : 1) * rstd * (dy[i] - mean_dy - (x[i] - s.mean) * rstd * mean_dy_xhat);
  }
  if (o->mistake == NORM_ONE_DOUBLED) dx[3] *= 2;
  if (o->mistake == NORM_ONE_FLIPPED) dx[3] *= -1;
  if (o->mistake == NORM_ONE_SLIGHTLY) dx[3] += 2e-3;
}

const sg_op op_norm = {
    .name = "norm",
    .inputs = SG_PORTS({.name = "x"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(norm_options),
    .defaults = &(const norm_options){NORM_RIGHT, 1e-5},
    .save_inputs = 1,
    .prepare = same_shape,
    .forward = norm_forward,
    .backward = norm_backward,
};

// ---- product of two square matrices, of which the first has a derivative -----------------------------------

static void product_forward(const sg_call *call) {
  const int64_t n = sg_tensor_shape(call->inputs[1])->size[0];
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < n; j++) {
      double sum = 0;
      for (int64_t k = 0; k < n; k++) sum += in(call, 0)[i * n + k] * in(call, 1)[k * n + j];
      out(call)[i * n + j] = sum;
    }
}

static void product_backward(const sg_call *call) {
  const product_options *o = call->options;
  const int64_t n = sg_tensor_shape(call->inputs[1])->size[0];
  const double *b = in(call, 1), *dy = cotangent(call);
  double *da = sg_output_data(call->d_inputs[0]);
  for (int64_t i = 0; i < n; i++)
    for (int64_t k = 0; k < n; k++) {
      da[i * n + k] = 0;
      for (int64_t j = 0; j < n; j++)
        da[i * n + k] += dy[i * n + j] * (o->transposed ? b[j * n + k] : b[k * n + j]);
    }
}

const sg_op op_product = {
    .name = "product",
    .inputs = SG_PORTS({.name = "a"}, {.name = "b", .flags = SG_UNDIFFERENTIABLE}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(product_options),
    .defaults = &(const product_options){false},
    .save_inputs = 2,
    .prepare = same_shape,
    .forward = product_forward,
    .backward = product_backward,
};

// ---- An op whose derivative has the wrong shape -----------------------------------------------------------

static void copy_forward(const sg_call *call) {
  for (int64_t i = 0; i < sg_tensor_elements(call->outputs[0]); i++) out(call)[i] = in(call, 0)[i];
}

static void wrong_shape_vjp(const sg_call *call) {
  call->d_inputs[0] = sg_apply_one(call->context, &op_plain_sum, 1, (sg_tensor *[]){call->d_outputs[0]}, NULL);
}

const sg_op op_wrong_shape = {
    .name = "wrong_shape",
    .inputs = SG_PORTS({.name = "x"}),
    .outputs = SG_PORTS({.name = "y"}),
    .prepare = same_shape,
    .forward = copy_forward,
    .vjp = wrong_shape_vjp,
};

const sg_op *const gradcheck_ops[] = {&op_map,  &op_plain_add,     &op_plain_mul,         &op_plain_sum,
                                      &op_norm, &op_product, &op_wrong_shape, NULL};
