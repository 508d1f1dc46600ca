// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gradcheck/any_norm.h"

#include <math.h>
#include <string.h>

static int group_of(kind k, int i) {
  const int n = i / (C * L), c = i / L % C;
  switch (k) {
  case BATCH:
    return c;
  case INSTANCE:
    return n * C + c;
  case GROUP:
    return n * 2 + c / 2;
  default:
    return n * 1;
  }
}

// Over which the means in the derivative are taken.
static int mean_group_of(const any_norm *o, int i) {
  switch (o->m) {
  case OVER_ALL:
    return 0;
  case OVER_LAST:
    return i / L;
  case OVER_FIRST:
    return i % (C * L);
  default:
    return group_of(o->k, i);
  }
}

static int mean_count_of(const any_norm *o, const double m) {
  return o->m == OVER_ALL ? count : o->m == OVER_LAST ? L : o->m == OVER_FIRST ? N : (int)m;
}

static const double *data(const sg_tensor *t) { return sg_tensor_data(t); }

typedef struct statistics {
  double m, mean[N * C], variance[N * C], first[count], second[count];
} statistics;

static void measure(const any_norm *o, const double *x, statistics *s) {
  *s = (statistics){0};
  for (int i = 0; i < count; i++) s->m += group_of(o->k, i) == 0;
  for (int i = 0; i < count && o->k != RMS; i++) s->mean[group_of(o->k, i)] += x[i] / s->m;
  for (int i = 0; i < count; i++) {
    const double d = x[i] - s->mean[group_of(o->k, i)];
    s->variance[group_of(o->k, i)] += d * d / s->m;
  }
}

// Of the function; `v` is the biased variance.
static double rstd_of(const any_norm *o, const statistics *s, double v) {
  if (o->f == UNBIASED) v *= s->m / (s->m - 1);
  return o->f == OUTSIDE ? 1 / (sqrt(v) + o->eps) : 1 / sqrt(v + o->eps);
}

// Of the derivative.
static double wrong_rstd(const any_norm *o, const statistics *s, double v) {
  const double unbiased = s->m / (s->m - 1);
  switch (o->m) {
  case NO_EPS:
    return 1 / sqrt(o->f == UNBIASED ? v * unbiased : v);
  case EPS_OUTSIDE:
  case EPS_OUTSIDE_WHOLLY:
    return 1 / (sqrt(v) + o->eps);
  case EPS_INSIDE:
  case BIASED_VARIANCE:
    return 1 / sqrt(v + o->eps);
  case UNBIASED_VARIANCE:
  case UNBIASED_WHOLLY:
    return 1 / sqrt(v * unbiased + o->eps);
  case EPS_TWICE:
    return o->f == OUTSIDE ? 1 / (sqrt(v) + 2 * o->eps) : 1 / sqrt(v + 2 * o->eps);
  case EPS_HALF_MORE:
    return 1 / sqrt(v + 1.5 * o->eps);
  default:
    return rstd_of(o, s, v);
  }
}

// In front of the last term of the derivative.
static double last_factor(const any_norm *o, const statistics *s, double v, double r) {
  const double unbiased = s->m / (s->m - 1);
  if (o->m == EPS_OUTSIDE_WHOLLY) return 1 / (r * sqrt(v));
  if (o->m == UNBIASED_WHOLLY) return unbiased;
  if (o->m == EPS_INSIDE || o->m == INSIDE_TERM || o->m == BIASED_VARIANCE) return 1;
  if (o->f == OUTSIDE) return 1 / (rstd_of(o, s, v) * sqrt(v));
  return o->f == UNBIASED ? unbiased : 1;
}

static sg_status shape_of_first(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const any_norm *o = call->options;
  const double *x = data(call->inputs[0]), *gamma = data(call->inputs[1]), *beta = data(call->inputs[2]);
  double *y = sg_output_data(call->outputs[0]);
  statistics s;
  measure(o, x, &s);
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C;
    y[i] = gamma[c] * (x[i] - s.mean[g]) * rstd_of(o, &s, s.variance[g]) + beta[c];
  }
}

static void parameters(const sg_call *call, const statistics *s) {
  const any_norm *o = call->options;
  const double *x = data(call->inputs[0]), *gamma = data(call->inputs[1]), *w = data(call->d_outputs[0]);
  double spare[2 * C];
  double *dgamma = call->d_inputs[1] ? sg_output_data(call->d_inputs[1]) : spare;
  double *dbeta = call->d_inputs[2] ? sg_output_data(call->d_inputs[2]) : spare + C;
  memset(dgamma, 0, C * sizeof *dgamma);
  memset(dbeta, 0, C * sizeof *dbeta);
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C;
    const double centered = x[i] - s->mean[g],
                 xhat = centered * (o->m == EPS_TWICE ? wrong_rstd : rstd_of)(o, s, s->variance[g]);
    dgamma[c] += w[i] * (o->m == DGAMMA_PLAIN || o->m == SWAPPED ? 1
                         : o->m == DGAMMA_X                      ? x[i]
                         : o->m == DGAMMA_CENTERED               ? centered
                         : o->m == DGAMMA_MEAN                   ? xhat / (N * L)
                         : o->m == DGAMMA_CROOKED                ? 1 + 1e-4 * xhat
                                                                 : xhat);
    dbeta[c] += w[i] * (o->m == DBETA_GAMMA ? gamma[c] : o->m == DBETA_XHAT || o->m == SWAPPED ? xhat : 1);
  }
}

static void backward(const sg_call *call) {
  const any_norm *o = call->options;
  const double *x = data(call->inputs[0]), *gamma = data(call->inputs[1]), *beta = data(call->inputs[2]);
  const double *w = data(call->d_outputs[0]);
  double spare[count], r[N * C] = {0}, hat[count];
  double *dx = call->d_inputs[0] ? sg_output_data(call->d_inputs[0]) : spare;
  statistics s;
  measure(o, x, &s);
  const double m = s.m, unbiased = m / (m - 1);
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C, over = mean_group_of(o, i);
    r[g] = wrong_rstd(o, &s, s.variance[g]);
    hat[i] = (x[i] - s.mean[g]) * (o->m == CENTERED_FOR_XHAT ? 1 : r[g]);
    if (o->m == Y_FOR_XHAT) hat[i] = gamma[c] * hat[i] + beta[c];
    const double t = w[i] * (o->m == NO_GAMMA || o->m == GAMMA_LATE ? 1 : gamma[c]) / mean_count_of(o, m);
    s.first[over] += o->k == RMS ? 0 : t;
    s.second[over] += t * hat[i];
  }
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C, over = mean_group_of(o, i);
    double first = s.first[over], second = last_factor(o, &s, s.variance[g], r[g]) * s.second[over] * hat[i];
    if (o->m == NO_DY_MEAN || o->m == DETACHED) first = 0;
    if (o->m == NO_XHAT || o->m == DETACHED || o->m == NO_XHAT_NOISY) second = 0;
    if (o->m == NO_XHAT_IN_A_CHANNEL && c == 2) second = 0;
    if (o->m == NEARLY_NO_XHAT) second *= 0.01;
    if (o->m == XHAT_DOUBLED) second *= 2;
    if (o->m == XHAT_SIGN) second = -second;
    if (o->m == UNBIASED_MEANS) first *= unbiased, second *= unbiased;
    if (o->m == SUM_NOT_MEAN) second *= m;
    const double power = o->m == NO_RSTD ? 0 : o->m == RSTD_TWICE ? 2 : o->m == RSTD_CUBED ? 3 : 1;
    const double outer = pow(r[g], o->m == RSTD_POWER ? 1.01 : power);
    dx[i] = outer * (w[i] * (o->m == NO_GAMMA ? 1 : gamma[c]) - first - second);
    if (o->m == NO_XHAT_NOISY) dx[i] *= 1 + 1e-6 * sin(37.0 * i * i);
  }
  if (o->m == ONE_WRONG) dx[17] *= 2;
  parameters(call, &s);
}

const sg_op op_any_norm = {
    .name = "any_norm",
    .inputs = SG_PORTS({.name = "x"}, {.name = "gamma"}, {.name = "beta"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(any_norm),
    .defaults = &(const any_norm){BATCH, NONE, 1e-5, INSIDE},
    .save_inputs = 7,
    .prepare = shape_of_first,
    .forward = forward,
    .backward = backward,
};
