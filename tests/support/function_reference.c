// SPDX-License-Identifier: GPL-3.0-or-later
//
// Airy's function, Lambert's, Legendre's polynomials, dilogarithms and their kind in long double.
#include "tests/support/reference_tables.h"

#include <math.h>

#define PI 3.14159265358979323846264338327950288L

// ---- Airy -------------------------------------------------------------------------------------------

// K_v(z), v = 1/3 or 2/3, times exp(z): the integral of exp(-z (cosh t - 1)) cosh(v t).
static long double scaled_k(long double v, long double z) {
  const long double h = fminl(0.1L, 0.5L / sqrtl(z));
  long double sum = 0.5L, term = 1;
  for (int k = 1; k < 100 && term > 1e-24L * sum; k++) {
    const long double s = sinhl(k * h / 2);
    term = expl(-2 * z * s * s) * coshl(v * k * h);
    sum += term;
  }
  return sum * h;
}

// Ai and Ai' by the power series up to 3 and down to -10, in twice the digits.
static void airy_series(long double x, long double *ai, long double *slope) {
  typedef __float128 wide;
  wide f = 1, f_1 = 0, g = x, g_1 = 1, term = 1, other = x;
  for (int k = 1; k < 90 && (k < 4 || (fabsl((long double)term) + fabsl((long double)other)) > 1e-40L); k++) {
    f_1 += term * x * x / (3 * k - 1);
    term *= (wide)x * x * x / (3 * k - 1) / (3 * k);
    f += term;
    g_1 += other * x * x / (3 * k);
    other *= (wide)x * x * x / (3 * k) / (3 * k + 1);
    g += other;
  }
  // Ai(0) and -Ai'(0), in two parts
  const wide c_1 = (wide)0.355028053887817239260063186L + (wide)4.83712933302789945320567e-21L,
             c_2 = (wide)0.258819403792806798405183560L + (wide)1.237444849179378973218841e-20L;
  *ai = (long double)(c_1 * f - c_2 * g);
  *slope = (long double)(c_1 * f_1 - c_2 * g_1);
}

// Abramowitz and Stegun 10.4.60 and 62, of 30 terms.
static void airy_far_below(long double z, long double *ai, long double *slope) {
  const long double zeta = 2 * z * sqrtl(z) / 3, sine = sinl(zeta + PI / 4), cosine = cosl(zeta + PI / 4);
  long double even = 0, odd = 0, even_of_slope = 0, odd_of_slope = 0, u = 1;
  for (int k = 0; k < 30 && fabsl(u) > 1e-24L; k++) {
    const long double sign = k / 2 % 2 ? -1 : 1, d = -u * (6 * k + 1) / (6 * k - 1);
    *(k % 2 ? &odd : &even) += sign * u;
    *(k % 2 ? &odd_of_slope : &even_of_slope) += sign * d;
    u *= (6 * k + 1) * (6 * k + 3) * (6 * k + 5) / (216.0L * (k + 1) * (2 * k + 1)) / zeta;
  }
  const long double root = sqrtl(sqrtl(z));
  *ai = (sine * even - cosine * odd) / sqrtl(PI) / root;
  *slope = -(cosine * even_of_slope + sine * odd_of_slope) / sqrtl(PI) * root;
}

static long double airy_derivative(long double x, int order) {
  if (isnan(x)) return x;
  if (isinf(x)) return x > 0 || order == 0 ? 0 : (long double)NAN;
  long double y[20];
  if (x > 700) return 0; // 10^-5300
  if (x > 3) {
    const long double z = 2 * x * sqrtl(x) / 3;
    y[0] = sqrtl(x / 3) / PI * expl(-z) * scaled_k(1 / 3.0L, z);
    y[1] = -x / PI / sqrtl(3) * expl(-z) * scaled_k(2 / 3.0L, z);
  } else if (x > -10) {
    airy_series(x, &y[0], &y[1]);
  } else {
    airy_far_below(-x, &y[0], &y[1]);
  }
  for (int m = 0; m + 2 <= order; m++) y[m + 2] = x * y[m] + (m > 0 ? m * y[m - 1] : 0);
  return y[order];
}
static long double airy_ai(long double x, int n) { return airy_derivative(x, n); }
static long double airy_ai_derivative(const reference_point *p, int n, int m) {
  return (void)m, airy_derivative(p->x[0], (int)p->parameter[0] + n);
}
// The angle 2/3 |x|^(3/2), known to a few of its own roundings, has no digit behind the point.
static long double airy_angle(const reference_point *p, int n, int m) {
  (void)n, (void)m;
  return p->x[0] < -1e5L ? HUGE_VALL : 1;
}

// ---- Lambert's W ------------------------------------------------------------------------------------

// By halving an interval that holds it, and Newton's last steps, for w + log(w) = log(x) or w exp(w) = x.
static long double lambert(long double x) {
  if (isnan(x) || x == HUGE_VALL) return x;
  if (x < -0.36787944117144232L) return (long double)NAN;
  if (fabsl(x) < 1e-12L) return x - x * x;
  long double low = x < 0 ? -1 : 0, high = x < 0 ? 0 : x < 3 ? 3 : 12000;
  for (int k = 0; k < 45; k++) {
    const long double middle = (low + high) / 2;
    const int below = x > 3 ? middle + logl(middle) < logl(x) : middle * expl(middle) < x;
    *(below ? &low : &high) = middle;
  }
  long double w = (low + high) / 2;
  for (int k = 0; k < 3 && w > -1 + 1e-9L; k++)
    w -= x > 3 ? (w + logl(w / x)) * w / (1 + w) : (w - x * expl(-w)) / (1 + w);
  return w;
}
static long double lambert_derivative(long double x, int order) {
  if (isnan(x)) return x;
  if (isinf(x) && x > 0) return order == 0 ? x : 0;
  const long double w = lambert(x), q = 1 + w;
  switch (order) {
  case 0:
    return w;
  case 1:
    return expl(-w) / q;
  case 2:
    return -expl(-2 * w) * (w + 2) / powl(q, 3);
  case 3:
    return expl(-3 * w) * (2 * w * w + 8 * w + 9) / powl(q, 5);
  case 4:
    return -expl(-4 * w) * (((6 * w + 36) * w + 79) * w + 64) / powl(q, 7);
  default:
    return expl(-5 * w) * ((((24 * w + 192) * w + 622) * w + 974) * w + 625) / powl(q, 9);
  }
}
static long double lambertw(long double x, int n) { return lambert_derivative(x, n); }
static long double lambertw_derivative(const reference_point *p, int n, int m) {
  return (void)m, lambert_derivative(p->x[0], (int)p->parameter[0] + n);
}

// ---- Legendre's polynomials -------------------------------------------------------------------------

// From the coefficients: 2^-n times the sum over k of (-1)^k (n choose k) (2 n - 2 k choose n) x^(n - 2 k),
// derived, in twice the digits.
static long double legendre_at(long double x, int n, int order) {
  typedef __float128 wide;
  if (isnan(x)) return x;
  const wide square = (wide)x * x;
  wide sum = 0, c = 1;
  for (int k = 1; k <= n; k++) c *= (wide)(n + k) / k / 2;
  for (int k = 0; n - 2 * k >= order; k++) {
    wide derived = c;
    for (int i = 0; i < order; i++) derived *= n - 2 * k - i;
    sum = (k > 0 ? sum * square : 0) + derived;
    c *= -(wide)((n - k) * (n - 2 * k) * (n - 2 * k - 1)) / ((k + 1) * (2 * n - 2 * k) * (2 * n - 2 * k - 1));
  }
  return (long double)(n > order && (n - order) % 2 ? sum * x : sum);
}
static long double legendre_polynomial_p(const reference_point *p, int n, int m) {
  return (void)m, legendre_at(p->x[0], (int)p->parameter[0], n);
}
static long double legendre_derivative(const reference_point *p, int n, int m) {
  return (void)m, legendre_at(p->x[0], (int)p->parameter[0], (int)p->parameter[1] + n);
}

// ---- The scaled complementary error function ---------------------------------------------------------

// (-2)^n 2 / sqrt(pi) times the integral of t^n exp(-t^2 - 2 x t): its expansion for large x, the trapezoidal rule
// in s, t = exp(s - exp(-s)) / (1 + x), and y^(n + 1) = 2 x y^(n) + 2 n y^(n - 1), which cancels only for larger x.
static long double erfcx_at(long double x, int n) {
  const long double two_over_root = 2 / sqrtl(PI);
  if (isnan(x)) return x;
  if (x < -200) return n % 2 ? -HUGE_VALL : HUGE_VALL;
  if (x < 0.3L) {
    long double before = 0, y = expl(x * x) * erfcl(x);
    for (int k = 0; k < n; k++) {
      const long double next = 2 * x * y + (k > 0 ? 2 * k * before : -two_over_root);
      before = y;
      y = next;
    }
    return y;
  }
  long double sum = 0, scale = two_over_root;
  for (int k = 0; k < n; k++) scale *= -2;
  if (x > 200) {
    long double term = 1 / (2 * x);
    for (int k = 1; k <= n; k++) term *= k / (2 * x);
    for (int k = 0; k < 8; k++) {
      sum += term;
      term *= -(2.0L * k + n + 1) * (2 * k + n + 2) / (k + 1) / (4 * x * x);
    }
    return scale * sum;
  }
  const long double h = 0.04L;
  for (int k = -100; k < 100; k++) {
    const long double e = expl(-k * h), t = expl(k * h - e) / (1 + x);
    long double term = expl(-t * (t + 2 * x)) * t * (1 + e);
    for (int i = 0; i < n; i++) term *= t;
    sum += term;
  }
  return scale * sum * h;
}
static long double erfcx(long double x, int n) { return erfcx_at(x, n); }
static long double erfcx_derivative(const reference_point *p, int n, int m) {
  return (void)m, erfcx_at(p->x[0], (int)p->parameter[0] + n);
}

// ---- The dilogarithm --------------------------------------------------------------------------------

// The power series, derived n times.
static long double dilog_series(long double x, int n) {
  long double sum = 0, power = 1; // x^(k - n)
  for (int k = n > 0 ? n : 1; k < 120 + n && power != 0; k++) {
    long double term = (n > 0 ? power : power * x) / k / k;
    for (int i = 0; i < n; i++) term *= k - i;
    sum += term;
    power *= x;
  }
  return sum;
}
static long double dilog_at(long double x) {
  if (fabsl(x) <= 0.5L) return dilog_series(x, 0);
  if (x == 1) return PI * PI / 6;
  const long double l = logl(fabsl(x));
  if (x < -1) return -PI * PI / 6 - l * l / 2 - dilog_at(1 / x);
  if (x < 0) return dilog_at(x * x) / 2 - dilog_at(-x);
  if (x < 2) return PI * PI / 6 - l * logl(fabsl(1 - x)) - dilog_at(1 - x);
  return PI * PI / 3 - l * l / 2 - dilog_at(1 / x);
}
// By Leibniz' rule, of -log|1 - x| and 1 / x.
static long double dilog_derived(long double x, int n) {
  if (isnan(x)) return x;
  if (isinf(x)) return n == 0 ? -HUGE_VALL : 0;
  if (n == 0) return dilog_at(x);
  if (x == 1) return n % 2 ? HUGE_VALL : (long double)NAN;
  if (fabsl(x) <= 0.5L) return dilog_series(x, n);
  const int m = n - 1;
  long double sum = 0, binomial = 1;
  for (int j = 0; j <= m; j++) {
    long double term = j == 0 ? -logl(fabsl(1 - x)) : 1 / (1 - x);
    for (int i = 1; i < j; i++) term *= i / (1 - x);
    for (int i = 1; i <= m - j; i++) term *= -i / x;
    sum += binomial * term / x;
    binomial *= (long double)(m - j) / (j + 1);
  }
  return sum;
}
static long double dilog(long double x, int n) { return dilog_derived(x, n); }
static long double dilog_derivative(const reference_point *p, int n, int m) {
  return (void)m, dilog_derived(p->x[0], (int)p->parameter[0] + n);
}

const reference function_references[] = {
    {"airy_ai", .of = airy_ai, .underflow = airy_angle},
    {"airy_ai_derivative", .value = airy_ai_derivative, .underflow = airy_angle},
    {"dilog", .of = dilog},
    {"dilog_derivative", .value = dilog_derivative},
    {"erfcx", .of = erfcx},
    {"erfcx_derivative", .value = erfcx_derivative},
    {"lambertw", .of = lambertw},
    {"lambertw_derivative", .value = lambertw_derivative},
    {"legendre_derivative", .value = legendre_derivative},
    {"legendre_polynomial_p", .value = legendre_polynomial_p},
    {.op = NULL},
};
