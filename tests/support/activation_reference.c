// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_tables.h"

#include <math.h>

static long double pick(int order, long double value, long double first, long double second) {
  return order == 0 ? value : order == 1 ? first : second;
}

// ---- Straight pieces; a NaN passes through, both ways -----------------------------------------------

static long double between(long double x, long double low, long double high, int n) {
  const long double above = x < low ? low : x;
  if (n == 0) return above > high ? high : above;
  return n == 1 && !(x <= low) && !(x >= high);
}
static long double hardtanh(const reference_point *p, int n, int m) {
  (void)m;
  return between(p->x[0], p->parameter[0], p->parameter[1], n);
}
static long double relu6(long double x, int n) { return between(x, 0, 6, n); }
static long double hardsigmoid(long double x, int n) { return between(x + 3, 0, 6, n) / 6; }
static long double hardswish(long double x, int n) {
  if (x < -3) return 0;
  if (x > 3) return pick(n, x, 1, 0);
  return pick(n, x * (x + 3) / 6, x / 3 + 0.5L, 1 / 3.0L);
}
static bool is_small(const reference_point *p) { return fabsl(p->x[0]) <= p->parameter[0]; }
static long double hardshrink(const reference_point *p, int n, int m) {
  (void)m;
  return is_small(p) ? 0 : pick(n, p->x[0], 1, 0);
}
static long double softshrink(const reference_point *p, int n, int m) {
  (void)m;
  return is_small(p) ? 0 : pick(n, p->x[0] - copysignl(p->parameter[0], p->x[0]), 1, 0);
}
static long double threshold(const reference_point *p, int n, int m) {
  (void)m;
  return p->x[0] <= p->parameter[0] ? pick(n, p->parameter[1], 0, 0) : pick(n, p->x[0], 1, 0);
}
static long double softsign(long double x, int n) {
  long double r = 1 / (1 + fabsl(x)), sign = x > 0 ? 1 : x < 0 ? -1 : x;
  return pick(n, isinf(x) ? sign : x * r, r * r, -2 * sign * r * r * r);
}

// ---- Exponentials for x <= 0 ------------------------------------------------------------------------

// scale (x for x > 0, else alpha (exp(x / width) - 1))
static long double bent(long double x, int n, long double alpha, long double width, long double scale) {
  if (x > 0) return scale * pick(n, x, 1, 0);
  long double e = expl(x / width);
  return scale * alpha * pick(n, expm1l(x / width), e / width, e / width / width);
}
static long double elu(const reference_point *p, int n, int m) {
  return (void)m, bent(p->x[0], n, p->parameter[0], 1, 1);
}
static long double celu(const reference_point *p, int n, int m) {
  return (void)m, bent(p->x[0], n, p->parameter[0], p->parameter[0], 1);
}
static long double selu(long double x, int n) {
  return bent(x, n, 1.6732632423543772848170429916717L, 1, 1.0507009873554804934193349852946L);
}
static long double divided(const reference_point *p, int n, int m) {
  return (void)n, (void)m, 1 + fabsl(p->parameter[0]) + 1 / fabsl(p->parameter[0]);
}

// ---- Smooth ones ------------------------------------------------------------------------------------

static long double logsigmoid(long double x, int n) {
  long double near = (x < 0 ? x : isnan(x) ? x : 0) - log1pl(expl(-fabsl(x)));
  return pick(n, near, logistic(-x), -logistic_slope(x));
}

static long double tanhshrink(long double x, int n) {
  long double t = tanhl(x), value = x - t;
  if (fabsl(x) < 0.5L) { // x^3 / 3 - 2 x^5 / 15 + ... as (x cosh(x) - sinh(x)) / cosh(x)
    long double term = x, sum = 0;
    for (int k = 1; k < 20; k++) {
      term *= x * x / ((2 * k) * (2 * k + 1));
      sum += 2 * k * term;
    }
    value = sum / coshl(x);
  }
  return pick(n, value, t * t, 2 * t * 4 * logistic_slope(2 * x));
}

// x t(x), t = tanh(u), u = log(1 + exp(x)); with s = u' and 1 - t^2 = 1 / cosh(u)^2
static long double mish(long double x, int n) {
  long double u = (x > 0 ? x : isnan(x) ? x : 0) + log1pl(expl(-fabsl(x))), t = tanhl(u), s = logistic(x);
  long double bend = 4 * logistic_slope(2 * u), near = tail(x);
  long double t_1 = bend * s, t_2 = bend * s * (logistic(-x) - 2 * t * s);
  return pick(n, (x < 0 ? near : x) * t, t + near * t_1, 2 * t_1 + near * t_2);
}

// With nothing dropped, or all.
static long double alpha_dropout(const reference_point *p, int n, int m) {
  return (void)m, pick(n, p->x[0] * (1 - p->parameter[0]), 1 - p->parameter[0], 0);
}

const reference activation_references[] = {
    {"alpha_dropout", .value = alpha_dropout},
    {"celu", .value = celu, .underflow = divided},
    {"elu", .value = elu, .underflow = divided},
    {"hardshrink", .value = hardshrink},
    {"hardsigmoid", .of = hardsigmoid},
    {"hardswish", .of = hardswish},
    {"hardtanh", .value = hardtanh},
    {"logsigmoid", .of = logsigmoid},
    {"mish", .of = mish, .underflow = decaying},
    {"relu6", .of = relu6},
    {"selu", .of = selu},
    {"softshrink", .value = softshrink},
    {"softsign", .of = softsign},
    {"tanhshrink", .of = tanhshrink},
    {"threshold", .value = threshold},
    {.op = NULL},
};
