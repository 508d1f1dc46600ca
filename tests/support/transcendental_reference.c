// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/reference_tables.h"

#include <math.h>

// Infinite numbers give limits, where a quotient would be infinity by infinity.
static long double limit(long double x, long double y) { return isinf(x) ? 0 : y; }

static long double reciprocal(long double x, int n) {
  return n == 0 ? 1 / x : n == 1 ? -1 / (x * x) : 2 / (x * x * x);
}
static long double power_of_two(long double x, int n) { return powl(logl(2), n) * exp2l(x); }
static long double exponential_less_one(long double x, int n) { return n == 0 ? expm1l(x) : expl(x); }
static long double logarithm_to(long double base, long double x, int n) {
  return (n == 0 ? logl(x) : n == 1 ? 1 / x : -1 / (x * x)) / logl(base);
}
static long double logarithm_to_2(long double x, int n) { return n == 0 ? log2l(x) : logarithm_to(2, x, n); }
static long double logarithm_to_10(long double x, int n) { return n == 0 ? log10l(x) : logarithm_to(10, x, n); }
static long double logarithm_of_one_more(long double x, int n) {
  return n == 0 ? log1pl(x) : n == 1 ? 1 / (1 + x) : -1 / (1 + x) / (1 + x);
}
static long double tangent(long double x, int n) {
  long double y = tanl(x);
  return n == 0 ? y : n == 1 ? 1 + y * y : 2 * y * (1 + y * y);
}

// The derivatives of asin, and with the other sign those of acos.
static long double arc(long double x, int n) {
  long double slope = 1 / sqrtl((1 - x) * (1 + x));
  return n == 1 ? slope : x * slope * slope * slope;
}
static long double arc_sine(long double x, int n) { return n == 0 ? asinl(x) : arc(x, n); }
static long double arc_cosine(long double x, int n) { return n == 0 ? acosl(x) : -arc(x, n); }
static long double arc_tangent(long double x, int n) {
  long double slope = 1 / (1 + x * x);
  return n == 0 ? atanl(x) : n == 1 ? slope : limit(x, -2 * x * slope * slope);
}

static long double hyperbolic_sine(long double x, int n) { return n % 2 ? coshl(x) : sinhl(x); }
static long double hyperbolic_cosine(long double x, int n) { return n % 2 ? sinhl(x) : coshl(x); }
static long double inverse_hyperbolic_sine(long double x, int n) {
  long double slope = 1 / hypotl(1, x);
  return n == 0 ? asinhl(x) : n == 1 ? slope : limit(x, -x * slope * slope * slope);
}
static long double inverse_hyperbolic_cosine(long double x, int n) {
  long double slope = 1 / sqrtl(x - 1) / sqrtl(x + 1);
  return n == 0 ? acoshl(x) : n == 1 ? slope : limit(x, -x * slope * slope * slope);
}
static long double inverse_hyperbolic_tangent(long double x, int n) {
  long double slope = 1 / ((1 - x) * (1 + x));
  return n == 0 ? atanhl(x) : n == 1 ? slope : 2 * x * slope * slope;
}

// ---- Two inputs -------------------------------------------------------------------------------------

// a / h and its derivatives; h = sqrt(a^2 + b^2)
static long double cosine_of(long double a, long double b, int n, int m) {
  if (a == 0 && b == 0) return 0;
  long double h = hypotl(a, b), y = isinf(a) && isfinite(b) ? copysignl(1, a) : a / h;
  long double z = isinf(b) && isfinite(a) ? copysignl(1, b) : b / h;
  switch (3 * n + m) {
  case 0:
    return y;
  case 1: // by b
    return -y * z / h;
  case 2:
    return y * (2 * z * z - y * y) / h / h;
  case 3: // by a
    return z * z / h;
  case 4:
    return z * (2 * y * y - z * z) / h / h;
  default:
    return -3 * z * z * y / h / h;
  }
}
static long double hypotenuse(const reference_point *p, int n, int m) {
  if (n > 0) return cosine_of(p->x[0], p->x[1], n - 1, m);
  return m > 0 ? cosine_of(p->x[1], p->x[0], m - 1, 0) : hypotl(p->x[0], p->x[1]);
}
static long double hypotenuse_slope(const reference_point *p, int n, int m) {
  return cosine_of(p->x[0], p->x[1], n, m);
}

// Cosines below the smallest normal number are divided by the length; at 0 there is no second derivative.
static long double hypotenuse_underflow(const reference_point *p, int n, int m) {
  return n + m < 2 ? 1 : powl(hypotl(p->x[0], p->x[1]), 1 - n - m);
}
// Terms of third derivatives overflow where h^-2 does, even if they are multiplied by 0.
static long double hypotenuse_slope_underflow(const reference_point *p, int n, int m) {
  long double factor = hypotenuse_underflow(p, n + 1, m);
  return n + m == 2 && factor > p->largest ? HUGE_VALL : factor;
}

const reference transcendental_references[] = {
    {"acos", .of = arc_cosine},
    {"acosh", .of = inverse_hyperbolic_cosine},
    {"asin", .of = arc_sine},
    {"asinh", .of = inverse_hyperbolic_sine},
    {"atan", .of = arc_tangent},
    {"atanh", .of = inverse_hyperbolic_tangent},
    {"cosh", .of = hyperbolic_cosine},
    {"exp2", .of = power_of_two},
    {"expm1", .of = exponential_less_one},
    {"hypot", .value = hypotenuse, .underflow = hypotenuse_underflow},
    {"hypot_slope", .value = hypotenuse_slope, .underflow = hypotenuse_slope_underflow},
    {"log10", .of = logarithm_to_10},
    {"log1p", .of = logarithm_of_one_more},
    {"log2", .of = logarithm_to_2},
    {"reciprocal", .of = reciprocal},
    {"sinh", .of = hyperbolic_sine},
    {"tan", .of = tangent},
    {.op = NULL},
};
