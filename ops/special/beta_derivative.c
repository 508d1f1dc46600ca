// SPDX-License-Identifier: GPL-3.0-or-later
//
// The beta function B(a, b) and its derivatives, m times by a and n times by b: the integral of
// log(t)^m log(1 - t)^n t^(a - 1) (1 - t)^(b - 1) over t from 0 to 1, of one sign. By one of them alone from
// B' = B (psi(a) - psi(a + b)), derived: a sum of products of one sign. By both the two terms of
// B (psi(a) - psi(a + b)) (psi(b) - psi(a + b)) - B psi'(a + b) cancel where a or b is small, and the integral is
// computed.
#include <math.h>

#include "ops/ops.h"
#include "ops/special/beta.h"
#include "ops/special/gamma_ratio.h"

static long double value(long double a, long double b) {
  const long double small = fminl(a, b), large = fmaxl(a, b);
  int sign;
  return expl(lgammal_r(small, &sign) + sg_log_gamma_ratio(large, small));
}

// x^-power - (x + b)^-power
static long double fall(long double x, long double b, int power) {
  long double y = -expm1l(-power * log1pl(b / x));
  for (int k = 0; k < power; k++) y /= x;
  return y;
}

// The size of psi^(n)(a) - psi^(n)(a + b): terms up to where a is large, and Euler's and Maclaurin's formula from
// there.
static long double polygamma_difference(long double a, long double b, int n) {
  static const long double bernoulli[] = {1 / 6.0L,  -1 / 30.0L,     1 / 42.0L, -1 / 30.0L,
                                          5 / 66.0L, -691 / 2730.0L, 7 / 6.0L,  -3617 / 510.0L};
  long double factorial = 1, sum = 0;
  for (int k = 2; k <= n; k++) factorial *= k;
  for (; a < 18 + n; a++) sum += factorial * fall(a, b, n + 1);
  sum += factorial * fall(a, b, n + 1) / 2 + (n == 0 ? log1pl(b / a) : factorial / n * fall(a, b, n));
  long double factor = factorial * (n + 1) / 2; // (2 k + n - 1)! / (2 k)!
  for (int k = 1; k <= 8; k++) {
    sum += bernoulli[k - 1] * factor * fall(a, b, 2 * k + n);
    factor *= (long double)((2 * k + n + 1) * (2 * k + n)) / ((2 * k + 1) * (2 * k + 2));
  }
  return sum;
}

// The size of the derivative by a alone.
static long double by_one(long double a, long double b, int m) {
  long double y[SG_BETA_ORDERS + 2] = {value(a, b)}, slope[SG_BETA_ORDERS + 2];
  for (int k = 1; k <= m; k++) {
    long double binomial = 1;
    slope[k] = polygamma_difference(a, b, k - 1);
    y[k] = 0;
    for (int i = 0; i < k; i++) {
      y[k] += binomial * y[k - 1 - i] * slope[i + 1];
      binomial *= (long double)(k - 1 - i) / (i + 1);
    }
  }
  return y[m];
}

// With t = 1 / (1 + exp(-s)) the integrand decays at least like exp(-|s|), and the trapezoidal rule converges
// exponentially; the step follows the width of its top, which is near log((a + n) / (b + m)).
static long double term(long double a, long double b, int m, int n, long double s) {
  const long double l = log1pl(expl(-fabsl(s)));
  const long double x = s < 0 ? l - s : l, y = s < 0 ? l : l + s; // -log(t), -log(1 - t)
  long double product = expl(-a * x - b * y);
  for (int k = 0; k < m; k++) product *= x;
  for (int k = 0; k < n; k++) product *= y;
  return product;
}
static long double by_both(long double a, long double b, int m, int n) {
  const long double top = logl((a + n) / (b + m)), width = sqrtl(1 / (a + n) + 1 / (b + m)),
                    h = fminl(0.22L, width / 2);
  long double sum = term(a, b, m, n, top);
  for (int side = -1; side <= 1; side += 2) {
    long double t = 1;
    for (int k = 1; (k < 20 || t > 1e-19L * sum) && k < 2000; k++) {
      t = term(a, b, m, n, top + side * k * h);
      sum += t;
    }
  }
  return sum * h;
}

// At a = 0 or b = 0 the limits.
double sg_beta_value(const double *x, const void *options) {
  const sg_beta_options *o = options;
  const int m = o ? (int)o->by_a : 0, n = o ? (int)o->by_b : 0;
  const double a = x[0], b = x[1];
  if (isnan(a) || isnan(b) || a < 0 || b < 0) return (double)NAN;
  if (isinf(a) || isinf(b)) return a == 0 || b == 0 ? (double)NAN : 0;
  const long double p = fmaxl((long double)a, 1e-4000L), q = fmaxl((long double)b, 1e-4000L);
  const long double y = m > 0 && n > 0 ? by_both(p, q, m, n) : m > 0 ? by_one(p, q, m) : by_one(q, p, n);
  return (double)((m + n) % 2 ? -y : y);
}

static sg_tensor *d_of(const sg_pair *p, int64_t by_a, int64_t by_b) {
  const sg_beta_options *o = p->options;
  return sg_mul(p->context, p->d_y, sg_beta_derivative(p->context, p->a, p->b, o->by_a + by_a, o->by_b + by_b));
}
static sg_tensor *d_a(const sg_pair *p) { return d_of(p, 1, 0); }
static sg_tensor *d_b(const sg_pair *p) { return d_of(p, 0, 1); }

const sg_op op_beta_derivative = {
    SG_SCALAR_BINARY(beta_derivative, .scalar = sg_beta_value, .d_a = {d_a, SG_READS_A | SG_READS_B},
                     .d_b = {d_b, SG_READS_A | SG_READS_B}),
    SG_WORDS("A derivative of the beta function of a >= 0 and b >= 0, by each of them.",
             "y = d^m/da^m d^n/db^n B(a, b) = integral of log(t)^m log(1 - t)^n t^(a - 1) (1 - t)^(b - 1) over t "
             "from 0 to 1",
             "Abramowitz and Stegun 6.2"),
    SG_OPTIONS(sg_beta_options, (&(const sg_beta_options){1, 0}),
               SG_OPTION(sg_beta_options, by_a, INT, "how many times by a, up to 16; default 1",
                         SG_AT_LEAST | SG_AT_MOST, 0, SG_BETA_ORDERS),
               SG_OPTION(sg_beta_options, by_b, INT, "how many times by b, up to 16; default 0",
                         SG_AT_LEAST | SG_AT_MOST, 0, SG_BETA_ORDERS)),
    .domain = {0.5, 4},
    .samples = SG_SAMPLES({"both", SG_ON(SG_UNIFORM(0.3, 6, SG_DIMS(4)), SG_UNIFORM(0.3, 6, SG_DIMS(3, 4))),
                           SG_WITH(sg_beta_options, 1, 2)},
                          {"by b", SG_ON(SG_UNIFORM(0.3, 6, SG_DIMS(4)), SG_UNIFORM(0.01, 0.3, SG_DIMS(4))),
                           SG_WITH(sg_beta_options, 0, 1)},
                          {"large", SG_ON(SG_UNIFORM(20, 90, SG_DIMS(4)), SG_UNIFORM(5, 60, SG_DIMS(4)))}),
};

sg_tensor *sg_beta_derivative(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t by_a, int64_t by_b) {
  return sg_apply_one(context, &op_beta_derivative, 2, (sg_tensor *[]){a, b}, &(sg_beta_options){by_a, by_b});
}
