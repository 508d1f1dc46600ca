// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bessel functions in long double: J and Y are the C library's, I and K come from series and integrals.
#include "tests/support/reference_tables.h"

#include <math.h>

#define PI 3.14159265358979323846264338327950288L
#define EULER 0.57721566490153286060651209008240243L

enum { KIND_J, KIND_Y, KIND_I, KIND_K };

// ---- Modified ones, x >= 0 ---------------------------------------------------------------------------

// exp(-x) I_n(x), by the power series or Hankel's expansion, of which the smallest term is exp(-2 x).
static long double scaled_i(int n, long double x) {
  long double sum = 0, term = 1;
  if (x < 40) {
    for (int k = 1; k <= n; k++) term *= x / 2 / k;
    for (int k = 1; k < 200 && term > 1e-24L * sum; k++) {
      sum += term;
      term *= x / 2 / k * (x / 2) / (n + k);
    }
    return expl(-x) * sum;
  }
  for (int k = 1; k < 60 && fabsl(term) > 1e-22L * sum; k++) {
    sum += term;
    term *= -(4.0L * n * n - (2.0L * k - 1) * (2.0L * k - 1)) / k / 8 / x;
  }
  return sum / sqrtl(2 * PI * x);
}

// exp(x) K_n(x), by the logarithmic series of n = 0 and 1 below 1, Hankel's expansion above 60, and between them
// the integral of exp(-x (cosh t - 1)) cosh(n t) by the trapezoidal rule.
static long double scaled_k(int n, long double x) {
  if (x == 0) return HUGE_VALL;
  if (x > 60 && n < 20) {
    long double sum = 0, term = 1;
    for (int k = 1; k < 60 && fabsl(term) > 1e-22L * sum; k++) {
      sum += term;
      term *= (4.0L * n * n - (2.0L * k - 1) * (2.0L * k - 1)) / k / 8 / x;
    }
    return sqrtl(PI / 2 / x) * sum;
  }
  if (x < 1) {
    long double z = x * x / 4, l = logl(x / 2), term = 1, harmonic = 0, k_0 = 0, k_1 = 1 / x;
    for (int k = 0; k < 25 && (k < 2 || term * (1 + fabsl(l)) > 1e-24L); k++) {
      k_0 += term * (harmonic - EULER - l);
      k_1 += x / 2 / (k + 1) * term * (l - (2 * (harmonic - EULER) + 1.0L / (k + 1)) / 2);
      harmonic += 1.0L / (k + 1);
      term *= z / (k + 1) / (k + 1);
    }
    for (int k = 1; k < n; k++) {
      long double next = k_0 + 2 * k / x * k_1;
      k_0 = k_1;
      k_1 = next;
    }
    return expl(x) * (n == 0 ? k_0 : k_1);
  }
  const long double h = fminl(0.11L, 0.5L / sqrtl(x));
  long double sum = 0.5L;
  long double term = 1;
  for (int k = 1; k < 100 && term > 1e-24L * sum; k++) {
    const long double s = sinhl(k * h / 2);
    term = expl(-2 * x * s * s) * coshl(n * k * h);
    sum += term;
  }
  return sum * h;
}

// ---- Derivatives ------------------------------------------------------------------------------------

static long double value(int kind, int n, long double x) {
  const int size = n < 0 ? -n : n;
  const long double turned = n < 0 && size % 2 ? -1 : 1;
  switch (kind) {
  case KIND_J:
    return turned * jnl(size, x);
  case KIND_Y:
    return turned * ynl(size, x);
  case KIND_I:
    return x > 11400 ? HUGE_VALL : expl(x) * scaled_i(size, x);
  default:
    return x > 11400 ? 0 : expl(-x) * scaled_k(size, x);
  }
}

// By the rule Z_n' = (Z_(n - 1) +- Z_(n + 1)) / 2, with a minus before it for K.
static long double derivative(int kind, int n, int order, long double x) {
  const int sign = kind == KIND_I || kind == KIND_K ? 1 : -1;
  long double sum = 0, binomial = 1;
  for (int j = 0; j <= order; j++) {
    sum += (j % 2 ? sign : 1) * binomial * value(kind, n - order + 2 * j, x);
    binomial *= (long double)(order - j) / (j + 1);
  }
  return ldexpl(kind == KIND_K && order % 2 ? -sum : sum, -order);
}

// Both sides of J and I; the limit at 0 of Y, where terms are infinite.
static long double bessel(int kind, int n, int order, long double x) {
  if (isnan(x)) return x;
  if (kind == KIND_J || kind == KIND_I) {
    const long double y = derivative(kind, n, order, fabsl(x));
    return signbit(x) && (n + order) % 2 ? -y : y;
  }
  if (x < 0) return (long double)NAN;
  if (x == 0 && kind == KIND_Y) return (order % 2 ? 1 : -1) * (n < 0 && n % 2 ? -1 : 1) * HUGE_VALL;
  return derivative(kind, n, order, x);
}

static long double bessel_j0(long double x, int n) { return bessel(KIND_J, 0, n, x); }
static long double bessel_j1(long double x, int n) { return bessel(KIND_J, 1, n, x); }
static long double bessel_y0(long double x, int n) { return bessel(KIND_Y, 0, n, x); }
static long double bessel_y1(long double x, int n) { return bessel(KIND_Y, 1, n, x); }
static long double bessel_i0(long double x, int n) { return bessel(KIND_I, 0, n, x); }
static long double bessel_i1(long double x, int n) { return bessel(KIND_I, 1, n, x); }
static long double bessel_k0(long double x, int n) { return bessel(KIND_K, 0, n, x); }
static long double bessel_k1(long double x, int n) { return bessel(KIND_K, 1, n, x); }
static long double of_n(int kind, const reference_point *p, int n) {
  return bessel(kind, (int)p->parameter[0], n, p->x[0]);
}
static long double bessel_jn(const reference_point *p, int n, int m) { return (void)m, of_n(KIND_J, p, n); }
static long double bessel_yn(const reference_point *p, int n, int m) { return (void)m, of_n(KIND_Y, p, n); }
static long double bessel_in(const reference_point *p, int n, int m) { return (void)m, of_n(KIND_I, p, n); }
static long double bessel_kn(const reference_point *p, int n, int m) { return (void)m, of_n(KIND_K, p, n); }
static long double bessel_derivative(const reference_point *p, int n, int m) {
  (void)m;
  return bessel((int)p->parameter[0], (int)p->parameter[1], (int)p->parameter[2] + n, p->x[0]);
}

// ---- Scaled ones ------------------------------------------------------------------------------------

// The mean of (1 - cos t)^m exp(-x (1 - cos t)), by Kummer's function M(1/2, m + 1, 2 x), of positive terms, and by
// its expansion for large x.
static long double mean_power(int m, long double x) {
  long double term = 1, sum = 0;
  if (x > 24) {
    for (int k = 0; k < 40 && term > 1e-24L * sum; k++) {
      sum += term;
      term *= (m + 0.5L + k) * (k + 0.5L) / (k + 1) / (2 * x);
    }
    for (int k = 1; k <= m; k++) sum *= (k - 0.5L) / x;
    return sum / sqrtl(2 * PI * x);
  }
  for (int k = 1; k <= m; k++) term *= 2 * (k - 0.5L) / k;
  for (int k = 0; k < 250 && term > 1e-24L * sum; k++) {
    sum += term;
    term *= (k + 0.5L) / (m + 1 + k) / (k + 1) * 2 * x;
  }
  return expl(-2 * x) * sum;
}

static long double scaled_first_kind(int n, int order, long double x) {
  if (isnan(x)) return x;
  const long double size = fabsl(x);
  if (isinf(x) || (x == 0 && (n + order) % 2)) return 0;
  long double y = mean_power(order, size);
  if (n == 1) { // the difference, where the two are alike, is the sum of a series: exp(-x) I_1 and its derivatives
    y -= mean_power(order + 1, size);
    if (order == 0) y = scaled_i(1, size);
  }
  if (order % 2) y = -y;
  return x < 0 && (n + order) % 2 ? -y : y;
}

// The integral of u^m (1 + u)^n exp(-x u) / sqrt(u (u + 2)) over u > 0, with u = v^2: an even function of v, for
// which the trapezoidal rule converges exponentially. Below 1 by Leibniz' rule, where K_(n + 1) outweighs K_n.
static long double scaled_second_kind(int n, int order, long double x) {
  static const int binomials[6][6] = {{1}, {1, 1}, {1, 2, 1}, {1, 3, 3, 1}, {1, 4, 6, 4, 1}, {1, 5, 10, 10, 5, 1}};
  if (isnan(x) || x < 0) return (long double)NAN;
  if (isinf(x)) return 0;
  if (x == 0) return order % 2 ? -HUGE_VALL : HUGE_VALL;
  if (x < 0.5L) {
    long double sum = 0;
    for (int j = 0; j <= order; j++) sum += binomials[order][j] * derivative(KIND_K, n, j, x);
    return expl(x) * sum;
  }
  const long double h = fminl(0.12L, 0.4L / sqrtl(x));
  long double sum = order == 0 ? 0.5L / sqrtl(2) : 0, term = 1;
  for (int k = 1; k < 120 && (k < 30 || term > 1e-24L * sum); k++) {
    const long double v = k * h, u = v * v;
    term = expl(-x * u) / sqrtl(u + 2) * (n ? 1 + u : 1);
    for (int i = 0; i < order; i++) term *= u;
    sum += term;
  }
  return (order % 2 ? -2 : 2) * h * sum;
}

static long double scaled(int kind, int order, long double x) {
  return kind < 2 ? scaled_first_kind(kind, order, x) : scaled_second_kind(kind - 2, order, x);
}
static long double i0e(long double x, int n) { return scaled(0, n, x); }
static long double i1e(long double x, int n) { return scaled(1, n, x); }
static long double k0e(long double x, int n) { return scaled(2, n, x); }
static long double k1e(long double x, int n) { return scaled(3, n, x); }
static long double scaled_bessel_derivative(const reference_point *p, int n, int m) {
  return (void)m, scaled((int)p->parameter[0], (int)p->parameter[1] + n, p->x[0]);
}

const reference bessel_references[] = {
    {"bessel_derivative", .value = bessel_derivative},
    {"bessel_in", .value = bessel_in},
    {"bessel_j0", .of = bessel_j0},
    {"bessel_j1", .of = bessel_j1},
    {"bessel_jn", .value = bessel_jn},
    {"bessel_kn", .value = bessel_kn},
    {"bessel_y0", .of = bessel_y0},
    {"bessel_y1", .of = bessel_y1},
    {"bessel_yn", .value = bessel_yn},
    {"i0", .of = bessel_i0},
    {"i0e", .of = i0e},
    {"i1", .of = bessel_i1},
    {"i1e", .of = i1e},
    {"modified_bessel_k0", .of = bessel_k0},
    {"modified_bessel_k1", .of = bessel_k1},
    {"scaled_bessel_derivative", .value = scaled_bessel_derivative},
    {"scaled_modified_bessel_k0", .of = k0e},
    {"scaled_modified_bessel_k1", .of = k1e},
    {.op = NULL},
};
