// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_tables.h"

#include <math.h>

#define PI 3.14159265358979323846264338327950288L

// ---- The inverse of the error function --------------------------------------------------------------

// By halving an interval that holds it.
static long double inverse_error(long double x) {
  long double size = fabsl(x), low = 0, high = 8;
  if (!(size < 1)) return size == 1 ? copysignl(HUGE_VALL, x) : (long double)NAN;
  if (size < 1e-8L) return x * sqrtl(PI) / 2 * (1 + PI / 12 * x * x);
  for (int k = 0; k < 110; k++) {
    long double middle = (low + high) / 2;
    bool below = size < 0.5L ? erfl(middle) < size : erfcl(middle) > 1 - size;
    *(below ? &low : &high) = middle;
  }
  return copysignl((low + high) / 2, x);
}
static long double erfinv(long double x, int n) {
  long double y = inverse_error(x), slope = sqrtl(PI) / 2 * expl(y * y);
  return n == 0 ? y : n == 1 ? slope : 2 * y * slope * slope;
}

// ---- Gamma ------------------------------------------------------------------------------------------

// 1 / x^n
static long double over_power(long double x, int n) {
  long double power = 1;
  for (; n > 0; n--) power *= x;
  return 1 / power;
}

static long double factorial(int n) {
  long double product = 1;
  for (; n > 1; n--) product *= n;
  return product;
}

// (-1)^(n + 1) n! times the sum of (x + k)^-(n + 1), for x > 0: terms up to 80, Euler and Maclaurin from there.
static long double psi_of_positive(long double x, int n) {
  static const long double bernoulli[] = {1 / 6.0L, -1 / 30.0L, 1 / 42.0L, -1 / 30.0L, 5 / 66.0L};
  const long double n_factorial = factorial(n);
  long double sum = 0;
  for (; x < 80; x++) sum += n_factorial * over_power(x, n + 1);
  sum += n_factorial / 2 * over_power(x, n + 1) + (n == 0 ? -logl(x) : n_factorial / n * over_power(x, n));
  for (int k = 1; k <= 5; k++)
    sum += bernoulli[k - 1] * factorial(2 * k + n - 1) / factorial(2 * k) * over_power(x, 2 * k + n);
  return n % 2 ? sum : -sum;
}

// The sum over all whole k of (x + k)^-(n + 1) does not change when x moves by 1.
static long double psi(long double x, int n) {
  if (x > 0 || isnan(x)) return psi_of_positive(x, n);
  if (x == floorl(x)) return n % 2 ? HUGE_VALL : x == 0 ? -copysignl(HUGE_VALL, x) : (long double)NAN;
  long double sign = n % 2 ? -1 : 1;
  if (x > -1) return psi_of_positive(x + 1, n) - sign * factorial(n) * over_power(x, n + 1);
  long double r = x - floorl(x);
  return sign * psi_of_positive(1 - x, n) + psi_of_positive(r, n) - sign * psi_of_positive(1 - r, n);
}
static long double log_gamma(long double x, int n) { return n == 0 ? lgammal(x) : psi(x, n - 1); }
static long double digamma(long double x, int n) { return psi(x, n); }
static long double polygamma(const reference_point *p, int n, int m) {
  return psi(p->x[0], n + m + (int)p->parameter[0]);
}

// ---- sin(pi x) / (pi x), the mean of cos(pi x t) for t in [0, 1] ------------------------------------

// Exactly 0 at whole turns and half ones.
static long double turned_sine(long double turns) {
  long double r = turns - 2 * rintl(turns / 2);
  return sinl(PI * (fabsl(r) > 0.5L ? copysignl(1, r) - r : r));
}

// The series, for |x| < 1: the sum over k of (-1)^k pi^2k x^(2k - n) / ((2k + 1) (2k - n)!), 2k >= n.
static long double sinc_series(long double x, int n) {
  const int first = (n + 1) / 2;
  const long double turn = PI * x * PI * x;
  long double term = powl(PI, 2 * first) * (n % 2 ? x : 1) * (first % 2 ? -1 : 1), sum = 0;
  for (int k = first; k < first + 20; k++) {
    sum += term / (2 * k + 1);
    term *= -turn / ((2 * k + 1 - n) * (2 * k + 2 - n));
  }
  return sum;
}

// By Gauss' rule on 32 pieces where it turns a few times, by products elsewhere.
static long double sinc_derivative_at(long double x, int n) {
  static const long double node[] = {0.1834346424956498049394761L, 0.5255324099163289858177390L,
                                     0.7966664774136267395915539L, 0.9602898564975362316835609L},
                           weight[] = {0.3626837833783619829651504L, 0.3137066458778872873379622L,
                                       0.2223810344533744705443560L, 0.1012285362903762591525314L};
  if (fabsl(x) < 1) return sinc_series(x, n);
  if (!(fabsl(x) < 8)) {
    long double y = (fabsl(x) > 0x1p62L ? 0 : turned_sine(x)) / (PI * x);
    for (int k = 1; k <= n; k++) y = (powl(PI, k - 1) * turned_sine(fmodl(x, 2) + k / 2.0L) - k * y) / x;
    return isinf(x) ? (long double)NAN : y;
  }
  long double sum = 0;
  for (int piece = 0; piece < 32; piece++) {
    for (int k = 0; k < 8; k++) {
      long double t = (piece + 0.5L + (k % 2 ? -0.5L : 0.5L) * node[k / 2]) / 32;
      // For odd n and small x the wave is a sine of what is small, with all its digits.
      long double wave = n % 2 ? -turned_sine(x * t) : turned_sine(x * t + 0.5L);
      sum += weight[k / 2] / 64 * powl(t, n) * (n % 4 == 2 || n % 4 == 3 ? -wave : wave);
    }
  }
  return sum * powl(PI, n);
}
static long double sinc(long double x, int n) { return sinc_derivative_at(x, n); }
static long double sinc_derivative(const reference_point *p, int n, int m) {
  return sinc_derivative_at(p->x[0], n + m + (int)p->parameter[0]);
}

const reference special_references[] = {
    {"digamma", .of = digamma},
    {"erfinv", .of = erfinv},
    {"lgamma", .of = log_gamma},
    {"polygamma", .value = polygamma},
    {"sinc", .of = sinc},
    {"sinc_derivative", .value = sinc_derivative},
    {.op = NULL},
};
