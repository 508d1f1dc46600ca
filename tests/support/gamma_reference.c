// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hurwitz' zeta function, incomplete gamma functions and the beta function in long double.
#include "tests/support/reference_tables.h"

#include <math.h>

#define PI 3.14159265358979323846264338327950288L

// ---- Hurwitz' zeta function -------------------------------------------------------------------------

static long double zeta_of_positive(long double x, long double q) {
  static const long double b[] = {1 / 12.0L, -1 / 720.0L, 1 / 30240.0L, -1 / 1209600.0L, 1 / 47900160.0L};
  long double sum = 0, term = 1;
  for (; q < 60 + 6 * x && !(term <= 1e-23L * sum) && !isinf(sum); q++) {
    term = powl(q, -x);
    sum += term;
  }
  if (isinf(sum) || q < 60) return sum;
  long double factor = powl(q, -x);
  sum += factor / 2 + factor * (q / (x - 1));
  factor *= x / q;
  for (int k = 0; k < 5; k++) {
    sum += b[k] * factor;
    factor *= (x + 2 * k + 1) / q * ((x + 2 * k + 2) / q);
  }
  return sum;
}
// zeta(x + n, q)
static long double zeta_at(long double x, int n, long double q) {
  if (isnan(x) || isnan(q) || x < 1) return (long double)NAN;
  if (x + n == 1) return HUGE_VALL;
  if (q <= 0 && q == floorl(q)) return isinf(q) ? (long double)NAN : HUGE_VALL;
  if (q < 0 && (x != floorl(x) || isinf(x))) return (long double)NAN;
  if (isinf(x)) return q < 1 ? HUGE_VALL : q == 1 ? 1 : 0;
  if (isinf(q)) return 0;
  const long double sign = fmodl(fmodl(x, 2) + n, 2) == 0 ? 1 : -1, fraction = q - floorl(q);
  x += n;
  if (q > 0) return zeta_of_positive(x, q);
  const long double left = q > -1 ? -q : 1 - fraction; // of the pole there; fraction: of the one on the right
  if (isinf(powl(fminl(left, fraction), -x)) && left != fraction)
    return left < fraction ? sign * HUGE_VALL : HUGE_VALL;
  if (q < -100) {
    const long double below = zeta_of_positive(x, 1 - fraction) - zeta_of_positive(x, 1 - q);
    return zeta_of_positive(x, fraction) + sign * below;
  }
  if (sign < 0 && fraction == 0.5L) return zeta_of_positive(x, 1 - q);
  long double sum = 0;
  for (; q < 0; q++) sum += sign * powl(-q, -x);
  return sum + zeta_of_positive(x, q);
}
static long double zeta_derived(long double x, long double q, int n) {
  long double y = zeta_at(x, n, q);
  for (int k = 0; k < n && y != 0; k++) y *= -(x + k);
  return y;
}
static long double zeta(const reference_point *p, int n, int m) {
  return (void)n, zeta_derived(p->x[0], p->x[1], m);
}
static long double zeta_derivative(const reference_point *p, int n, int m) {
  return (void)n, zeta_derived(p->x[0], p->x[1], m + (int)p->parameter[0]);
}

// The factors before what is below the smallest number.
static long double zeta_underflow(const reference_point *p, int n, int m) {
  const int order = m + (int)p->parameter[0];
  return (void)n, order > 0 ? powl(order + fabsl(p->x[0]), order) : 1;
}

// ---- Incomplete gamma functions ---------------------------------------------------------------------

// log gamma(a) by Stirling's formula from 60 on.
static long double log_gamma(long double a) {
  long double product = 1;
  for (; a < 60; a++) product *= a;
  const long double rest = (1 / 12.0L - (1 / 360.0L - (1 / 1260.0L - 1 / 1680.0L / a / a) / a / a) / a / a) / a;
  return (a - 0.5L) * logl(a) - a + logl(2 * PI) / 2 + rest - logl(product);
}

// log gamma(1 + a) for small a: -gamma a + the sum over k of zeta(k) (-a)^k / k.
static long double log_gamma_1p(long double a) {
  static const long double zeta_of[] = {1.644934066848226436472L, 1.202056903159594285400L,
                                        1.082323233711138191516L, 1.036927755143369926331L,
                                        1.017343061984449139715L, 1.008349277381922826839L};
  long double sum = -0.577215664901532860607L * a, power = -a;
  for (int k = 2; k < 8; k++) sum += zeta_of[k - 2] / k * (power *= -a);
  return sum;
}

// log(x^a exp(-x) / gamma(a)): the large parts of it together where a and x are alike, by the series of
// log(1 + u) - u in twice the digits.
static long double log_power(long double a, long double x) {
  const long double u = (x - a) / a;
  if (a < 60 || fabsl(u) > 0.5L) {
    if (a < 60) return a * logl(x) - x - log_gamma(a);
    const long double rest = log_gamma(a) - ((a - 0.5L) * logl(a) - a);
    return a * (log1pl(u) - u) - rest + logl(a) / 2;
  }
  __float128 sum = 0, power = u;
  for (int k = 2; k < 120 && fabsl((long double)power) > 1e-40L; k++) {
    power *= -(__float128)u;
    sum += power / k;
  }
  const long double rest = 1 / 12.0L / a - 1 / 360.0L / a / a / a + 1 / 1260.0L / a / a / a / a / a;
  return a * (long double)sum - rest + logl(a / (2 * PI)) / 2;
}

// P, and Q = 1 - P in *q. The fraction is worked out from its end.
static long double incomplete(long double a, long double x, long double *q) {
  if (a > 1e7L && fabsl(x - a) < 1e-4L * a) return *q = 0.5L; // no digit of x says more
  if (x < a + 1) {
    long double term = 1 / a, sum = term;
    for (long double k = 1; term > 1e-22L * sum; k++) sum += term *= x / (a + k);
    const long double p = expl(log_power(a, x)) * sum;
    *q = 1 - p;
    if (a < 1 && x < 2 && p > 0.9L) { // Q = 1 - x^a / gamma(1 + a) + a small sum, of what is near a
      const long double e = a * logl(x) - (a < 1e-3L ? log_gamma_1p(a) : log_gamma(1 + a));
      long double t = 1, small = 0;
      for (int k = 1; k < 60; k++) small += (t *= -x / k) / (a + k);
      *q = -expm1l(e) - expl(e) * a * small;
    }
    return p;
  }
  const int last = x > 1e5L ? 3000 : 200 + (int)(60 * sqrtl(a + 1)) + (int)(400 / x);
  long double fraction = x + 2 * last + 1 - a;
  for (int k = last; k > 0; k--) fraction = x + 2 * k - 1 - a + k * (a - k) / fraction;
  *q = expl(log_power(a, x)) / fraction;
  return 1 - *q;
}

// The derivative of P or Q by x, n times.
static long double incomplete_at(long double a, long double x, int n, int complement) {
  if (isnan(a) || isnan(x) || a < 0 || x < 0 || (a == 0 && x == 0) || (isinf(a) && isinf(x)))
    return (long double)NAN;
  const int all = a == 0 || isinf(x);
  if (all || isinf(a)) return n > 0 ? 0 : all != complement;
  if (x == 0 && n == 0) return complement;
  long double q, p = 0;
  if (n == 0) {
    p = incomplete(a, x, &q);
    return complement ? q : p;
  }
  // x^(a - n) exp(-x) / gamma(a) times a polynomial: x D' = (a - 1 - x) D, derived
  long double z = 1, before = 0;
  for (int k = 0; k < n - 1; k++) {
    const long double next = (a - x - (k + 1)) * z - k * x * before;
    before = z;
    z = next;
  }
  const long double sign = complement ? -1 : 1;
  if (x > 0) return z == 0 ? 0 : sign * z * expl(log_power(a, x) - n * logl(x));
  if (a > n || a != floorl(a)) return a > n ? 0 : sign * z * HUGE_VALL;
  long double binomial = (n - (int)a) % 2 ? -sign : sign; // of n - 1 over a - 1
  for (int k = 1; k < (int)a; k++) binomial *= (long double)(n - k) / k;
  return binomial;
}
static long double gammainc(const reference_point *p, int n, int m) {
  return (void)n, incomplete_at(p->x[0], p->x[1], m, 0);
}
static long double gammaincc(const reference_point *p, int n, int m) {
  return (void)n, incomplete_at(p->x[0], p->x[1], m, 1);
}
static long double gammainc_derivative(const reference_point *p, int n, int m) {
  return (void)n, incomplete_at(p->x[0], p->x[1], m + (int)p->parameter[0], 0);
}

const reference gamma_references[] = {
    {"gammainc", .value = gammainc},
    {"gammainc_derivative", .value = gammainc_derivative},
    {"gammaincc", .value = gammaincc},
    {"zeta", .value = zeta, .underflow = zeta_underflow},
    {"zeta_derivative", .value = zeta_derivative, .underflow = zeta_underflow},
    {.op = NULL},
};
