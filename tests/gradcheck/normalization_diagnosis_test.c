// SPDX-License-Identifier: GPL-3.0-or-later
//
// Normalizations of all kinds with a mistake in the derivative each, and what must be said about it.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/gradcheck/subjects.h"

typedef enum kind { BATCH, LAYER, INSTANCE, GROUP, RMS } kind; // of [N, C, L]; GROUP: two groups of channels

typedef enum mistake {
  NONE,
  NO_DY_MEAN,
  NO_XHAT,
  DETACHED,
  XHAT_DOUBLED,
  XHAT_SIGN,
  UNBIASED_MEANS,
  SUM_NOT_MEAN,
  NO_EPS,
  EPS_OUTSIDE,
  UNBIASED_VARIANCE,
  NO_RSTD,
  RSTD_TWICE,
  CENTERED_FOR_XHAT,
  Y_FOR_XHAT,
  NO_GAMMA,
  GAMMA_LATE,
  DGAMMA_PLAIN,
  DGAMMA_X,
  DGAMMA_CENTERED,
  DGAMMA_MEAN,
  DBETA_GAMMA,
  DBETA_XHAT,
  ONE_WRONG,
} mistake;

typedef struct options {
  kind k;
  mistake m;
  double eps;
} options;

enum { N = 3, C = 4, L = 5, count = N * C * L };

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

static const double *data(const sg_tensor *t) { return sg_tensor_data(t); }

typedef struct statistics {
  double m, mean[N * C], variance[N * C], first[N * C], second[N * C];
} statistics;

static void measure(const options *o, const double *x, statistics *s) {
  *s = (statistics){0};
  for (int i = 0; i < count; i++) s->m += group_of(o->k, i) == 0;
  for (int i = 0; i < count && o->k != RMS; i++) s->mean[group_of(o->k, i)] += x[i] / s->m;
  for (int i = 0; i < count; i++) {
    const double d = x[i] - s->mean[group_of(o->k, i)];
    s->variance[group_of(o->k, i)] += d * d / s->m;
  }
}

static sg_status shape_of_first(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const options *o = call->options;
  const double *x = data(call->inputs[0]), *gamma = data(call->inputs[1]), *beta = data(call->inputs[2]);
  double *y = sg_output_data(call->outputs[0]);
  statistics s;
  measure(o, x, &s);
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C;
    y[i] = gamma[c] * (x[i] - s.mean[g]) / sqrt(s.variance[g] + o->eps) + beta[c];
  }
}

static void parameters(const sg_call *call, const statistics *s) {
  const options *o = call->options;
  const double *x = data(call->inputs[0]), *gamma = data(call->inputs[1]), *w = data(call->d_outputs[0]);
  double spare[2 * C];
  double *dgamma = call->d_inputs[1] ? sg_output_data(call->d_inputs[1]) : spare;
  double *dbeta = call->d_inputs[2] ? sg_output_data(call->d_inputs[2]) : spare + C;
  memset(dgamma, 0, C * sizeof *dgamma);
  memset(dbeta, 0, C * sizeof *dbeta);
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C;
    const double centered = x[i] - s->mean[g], xhat = centered / sqrt(s->variance[g] + o->eps);
    dgamma[c] += w[i] * (o->m == DGAMMA_PLAIN      ? 1
                         : o->m == DGAMMA_X        ? x[i]
                         : o->m == DGAMMA_CENTERED ? centered
                         : o->m == DGAMMA_MEAN     ? xhat / (N * L)
                                                   : xhat);
    dbeta[c] += w[i] * (o->m == DBETA_GAMMA ? gamma[c] : o->m == DBETA_XHAT ? xhat : 1);
  }
}

static void backward(const sg_call *call) {
  const options *o = call->options;
  const double *x = data(call->inputs[0]), *gamma = data(call->inputs[1]), *beta = data(call->inputs[2]);
  const double *w = data(call->d_outputs[0]);
  double spare[count], r[N * C] = {0}, hat[count];
  double *dx = call->d_inputs[0] ? sg_output_data(call->d_inputs[0]) : spare;
  statistics s;
  measure(o, x, &s);
  const double m = s.m, unbiased = m / (m - 1);
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C;
    const double v = s.variance[g] * (o->m == UNBIASED_VARIANCE ? unbiased : 1);
    r[g] = o->m == EPS_OUTSIDE ? 1 / (sqrt(v) + o->eps) : 1 / sqrt(v + (o->m == NO_EPS ? 0 : o->eps));
    hat[i] = (x[i] - s.mean[g]) * (o->m == CENTERED_FOR_XHAT ? 1 : r[g]);
    if (o->m == Y_FOR_XHAT) hat[i] = gamma[c] * hat[i] + beta[c];
    const double t = w[i] * (o->m == NO_GAMMA || o->m == GAMMA_LATE ? 1 : gamma[c]) / m;
    s.first[g] += o->k == RMS ? 0 : t;
    s.second[g] += t * hat[i];
  }
  for (int i = 0; i < count; i++) {
    const int g = group_of(o->k, i), c = i / L % C;
    double first = s.first[g], second = s.second[g] * hat[i];
    if (o->m == NO_DY_MEAN || o->m == DETACHED) first = 0;
    if (o->m == NO_XHAT || o->m == DETACHED) second = 0;
    if (o->m == XHAT_DOUBLED) second *= 2;
    if (o->m == XHAT_SIGN) second = -second;
    if (o->m == UNBIASED_MEANS) first *= unbiased, second *= unbiased;
    if (o->m == SUM_NOT_MEAN) second *= m;
    const double outer = o->m == NO_RSTD ? 1 : o->m == RSTD_TWICE ? r[g] * r[g] : r[g];
    dx[i] = outer * (w[i] * (o->m == NO_GAMMA ? 1 : gamma[c]) - first - second);
  }
  if (o->m == ONE_WRONG) dx[17] *= 2;
  parameters(call, &s);
}

static const sg_op op_any = {
    .name = "any_norm",
    .inputs = {{.name = "x"}, {.name = "gamma"}, {.name = "beta"}},
    .outputs = {{.name = "y"}},
    .options_bytes = sizeof(options),
    .defaults = &(const options){BATCH, NONE, 1e-5},
    .save_inputs = 7,
    .prepare = shape_of_first,
    .forward = forward,
    .backward = backward,
};

static const struct {
  mistake m;
  int input;
  const char *words;
} expectations[] = {
    {NO_XHAT, 0, "the term xhat * mean(dy * xhat) is missing (coefficient 0.000, expected -1.000)"},
    {XHAT_DOUBLED, 0, "the term xhat * mean(dy * xhat) is doubled (coefficient -2.000"},
    {XHAT_SIGN, 0, "the term xhat * mean(dy * xhat) is of the wrong sign"},
    {UNBIASED_MEANS, 0, "the term xhat * mean(dy * xhat) is divided by N - 1 instead of N"},
    {SUM_NOT_MEAN, 0, "the term xhat * mean(dy * xhat) is a sum instead of a mean"},
    {NO_EPS, 0, "eps is forgotten in the derivative"},
    {EPS_OUTSIDE, 0, "eps is outside of the square root in the derivative"},
    {UNBIASED_VARIANCE, 0, "the derivative uses the unbiased variance"},
    {NO_RSTD, 0, "the factor rstd is missing"},
    {RSTD_TWICE, 0, "the factor rstd is applied twice"},
    {CENTERED_FOR_XHAT, 0, "x - mean is used instead of xhat"},
    {Y_FOR_XHAT, 0, "the output y is used instead of xhat"},
    {NO_GAMMA, 0, "gamma is missing"},
    {GAMMA_LATE, 0, "gamma is missing in the means"},
    {DGAMMA_PLAIN, 1, "the sum of dy (xhat is missing), expected the sum of dy * xhat."},
    {DGAMMA_X, 1, "x instead of xhat"},
    {DGAMMA_CENTERED, 1, "(rstd is missing), expected the sum of dy * xhat"},
    {DGAMMA_MEAN, 1, "1/N for N = 15"},
    {DBETA_GAMMA, 2, "the gradient of beta is the sum of dy * gamma (gamma does not belong there), expected"},
    {DBETA_XHAT, 2, "the sum of dy * xhat (xhat does not belong there), expected the sum of dy."},
    {ONE_WRONG, 0, "Only one element of 60 is wrong"},
};

static sg_tensor *uniform(sg_context *c, sg_shape shape) {
  sg_tensor *x = sg_random_uniform(c, SG_F64, &shape, 0.3, 2);
  sg_tensor_set_requires_grad(x, true);
  return x;
}

static void expect(sg_context *c, options op, int input, const char *words, const char *too) {
  const sg_scope scope = sg_scope_open(c);
  sg_tensor *inputs[] = {uniform(c, (sg_shape){3, {N, C, L}}), uniform(c, (sg_shape){1, {C}}),
                         uniform(c, (sg_shape){1, {C}})};
  subject s = {.op = &op_any, .options = &op};
  const char *const names[] = {"x", "gamma", "beta"};
  const sg_gradcheck_options o = {.mode = SG_GRADCHECK_FULL, .names = names};
  sg_gradcheck_report *report;
  assert_int_equal(sg_gradcheck(c, apply_op, &s, 3, inputs, &o, &report), SG_OK);
  const sg_gradcheck_input *in = &report->inputs[input];
  if (in->verdict != SG_GRADCHECK_FAIL || !strstr(in->diagnosis, words) || (too && !strstr(in->diagnosis, too)))
    fail_msg("kind %d, mistake %d: %s \"%s\" does not say \"%s\" and \"%s\"", (int)op.k, (int)op.m,
             sg_gradcheck_verdict_name(in->verdict), in->diagnosis, words, too ? too : "");
  sg_gradcheck_report_free(report);
  sg_scope_close(c, scope);
}

static void test_kinds(void **state) {
  static const char *const names[] = {
      "batch normalization over dimensions 0, 2", "layer normalization over dimensions 1, 2",
      "instance normalization over dimension 2", "group normalization over dimensions 1, 2 in 2 groups",
      "RMS normalization over dimensions 1, 2"};
  for (int k = BATCH; k <= RMS; k++) {
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
      const mistake m = expectations[i].m;
      if (k == RMS && m == DGAMMA_X) continue; // without a mean, x is x - mean
      const bool recognized = m != ONE_WRONG && m != DGAMMA_MEAN;
      expect(*state, (options){(kind)k, m, 1e-3}, expectations[i].input, expectations[i].words,
             recognized ? names[k] : NULL);
    }
    if (k == RMS) continue;
    expect(*state, (options){(kind)k, NO_DY_MEAN, 1e-5}, 0, "the term mean(dy) is missing (coefficient 0.000",
           names[k]);
    expect(*state, (options){(kind)k, DETACHED, 1e-5}, 0, "the term mean(dy) is missing",
           "the term xhat * mean(dy * xhat) is missing");
    expect(*state, (options){(kind)k, NO_EPS, 1e-5}, 0, "eps is forgotten in the derivative", names[k]);
  }
}

static int set_up(void **state) {
  *state = sg_open(&(sg_config){.ops = gradcheck_ops, .threads = 1, .seed = 11});
  return *state ? 0 : -1;
}

static int tear_down(void **state) {
  sg_close(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
