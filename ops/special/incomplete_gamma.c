// SPDX-License-Identifier: GPL-3.0-or-later
//
// P(a, x) = integral of t^(a - 1) exp(-t) over t from 0 to x, divided by gamma(a), and Q = 1 - P, each without the
// difference where it is small. In long double.
#include <math.h>
#include <stdbool.h>

#include "ops/special/gamma_ratio.h"
#include "ops/special/gammainc.h"

#define PI 3.14159265358979323846264338327950288L

// The double of either is enough where what comes of its rounding is below 1e-14.
static long double exponential(long double x) { return fabsl(x) < 64 ? (long double)exp((double)x) : expl(x); }
static long double logarithm(long double x) { return x > 1e-2L && x < 100 ? (long double)log((double)x) : logl(x); }

// x^(a - less) exp(-x) / gamma(1 + a), less small and whole; x > 0, finite.
static long double power(long double a, long double x, int less) {
  if (a < 20) return exponential((a - less) * logarithm(x) - x - sg_log_gamma_1p(a));
  return exponential(a * sg_log_less_slope(x, a) - less * logl(x) - sg_stirling_rest(a)) / sqrtl(2 * PI * a);
}

// P for x <= a or so: the sum over k of x^k / ((a + 1) ... (a + k)), Abramowitz and Stegun 6.5.29.
static long double lower(long double a, long double x) {
  long double term = 1, sum = 1;
  for (long double k = 1; term > 1e-21L * sum; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return power(a, x, 0) * sum;
}

// Q for x > a or so: the continued fraction 6.5.31, from the front (Lentz).
static long double upper(long double a, long double x) {
  long double b = x + 1 - a, c = HUGE_VALL, d = 1 / b, fraction = d;
  for (long double k = 1; k < 1e6L; k++) {
    const long double factor = k * (a - k);
    b += 2;
    d = 1 / (b + factor * d);
    c = b + factor / c;
    fraction *= c * d;
    if (fabsl(c * d - 1) < 1e-19L) break;
  }
  return power(a, x, 0) * a * fraction;
}

// Q for small a and x: 1 - x^a / gamma(1 + a) (1 + a times the sum over k > 0 of (-x)^k / ((a + k) k!)).
static long double upper_of_small(long double a, long double x) {
  const long double exponent = a * logl(x) - sg_log_gamma_1p(a);
  long double term = 1, sum = 0;
  for (int k = 1; fabsl(term) > 1e-22L * fabsl(sum); k++) {
    term *= -x / k;
    sum += term / (a + k);
  }
  return -expm1l(exponent) - expl(exponent) * a * sum;
}

// Of large a and x near it, with eta^2 / 2 = x / a - 1 - log(x / a): the complementary error function of
// eta (a / 2)^(1/2) / 2 and a rest, sign 1 of Q and -1 of P. Temme 1979, The asymptotic expansion of the incomplete
// gamma functions; the coefficients are those of DiDonato and Morris 1986.
static long double uniform(long double a, long double x, int sign) {
  static const long double c_0[] = {-1 / 3.0L,   1 / 12.0L,        -2 / 135.0L, 1 / 864.0L,
                                    1 / 2835.0L, -139 / 777600.0L, 1 / 25515.0L},
                           c_1[] = {-1 / 540.0L, -1 / 288.0L, 1 / 378.0L, -77 / 77760.0L};
  const long double half_square = -sg_log_less_slope(x, a), eta = copysignl(sqrtl(2 * half_square), x - a);
  long double rest = 0, correction = 0;
  for (int k = 6; k >= 0; k--) rest = rest * eta + c_0[k];
  for (int k = 3; k >= 0; k--) correction = correction * eta + c_1[k];
  rest = (rest + correction / a) * expl(-a * half_square) / sqrtl(2 * PI * a);
  return erfcl(sign * eta * sqrtl(a / 2)) / 2 + sign * rest;
}

// P or Q (complement) inside of the domain.
static long double incomplete(long double a, long double x, bool complement) {
  if (a > 1e6L && fabsl(x - a) < 0.3L * a) return uniform(a, x, complement ? 1 : -1);
  if (complement && a < 1 && x <= 1.1L) return upper_of_small(a, x);
  const bool from_below = x <= a || x <= 1.1L;
  const long double y = from_below ? lower(a, x) : upper(a, x);
  return from_below == complement ? 1 - y : y;
}

// The ends of the domain, where a or x is 0 or infinite, as PyTorch has them.
static bool is_outside(double a, double x) {
  return isnan(a) || isnan(x) || a < 0 || x < 0 || (a == 0 && x == 0) || (isinf(a) && isinf(x));
}

static double value(double a, double x, bool complement) {
  if (is_outside(a, x)) return (double)NAN;
  const bool all = a == 0 || isinf(x), none = x == 0 || isinf(a);
  if (all || none) return all != complement;
  return (double)incomplete((long double)a, (long double)x, complement);
}

double sg_gammainc_value(const double *x, const void *options) { return (void)options, value(x[0], x[1], false); }
double sg_gammaincc_value(const double *x, const void *options) { return (void)options, value(x[0], x[1], true); }

// The derivative of D = x^(a - 1) exp(-x) / gamma(a), m times: x^-m D z_m with
// z_(k + 1) = (a - x - 1 - k) z_k - k x z_(k - 1), which x D' = (a - 1 - x) D leads to.
static long double density_derived(long double a, long double x, int m) {
  long double before = 0, z = 1;
  for (int k = 0; k < m; k++) {
    const long double next = (a - x - (k + 1)) * z - k * x * before;
    before = z;
    z = next;
  }
  if (x > 0) return z == 0 ? 0 : power(a, x, m + 1) * a * z;
  // At 0 one power of x decides, that of the first term that is there.
  if (a == floorl(a) && a <= m + 1) {
    long double binomial = (m + 1 - (int)a) % 2 ? -1 : 1;
    for (int k = 1; k < (int)a; k++) binomial *= (long double)(m + 1 - k) / k;
    return binomial;
  }
  return a > m + 1 ? 0 : z > 0 ? HUGE_VALL : -HUGE_VALL;
}

double sg_gammainc_derivative_value(const double *at, const void *options) {
  const int order = (int)((const sg_gammainc_options *)options)->order;
  const double a = at[0], x = at[1];
  if (order == 0 || is_outside(a, x)) return value(a, x, false);
  return a == 0 || isinf(a) || isinf(x) ? 0 : (double)density_derived((long double)a, (long double)x, order - 1);
}
