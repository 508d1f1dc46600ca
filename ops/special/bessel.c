// SPDX-License-Identifier: GPL-3.0-or-later
//
// J_n, Y_n, I_n, K_n and their derivatives of any order. Of n = 0 and 1 they are GSL's; the others follow by
// Z_(n + 1) = +-Z_(n - 1) + (2 n / x) Z_n where that is stable, and by the power series, or GSL, where it is not.
// In long double, so that no intermediate result leaves the range. None of GSL's functions is called outside of
// where it has a result: it would call GSL's error handler.
#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdbool.h>

#include "ops/special/bessel.h"

#define PI 3.14159265358979323846264338327950288L

// Below this size the first term of a series is all of it, and GSL reports underflow or overflow.
static const double SMALL = 1e-100;

// ---- Values, x >= 0, n >= 0 --------------------------------------------------------------------------

// (x / 2)^n / n! times the sum over k of (sign x^2 / 4)^k n! / (k! (n + k)!).
static long double series(int n, long double x, int sign) {
  const long double z = sign * x * x / 4;
  long double factor = 1, term = 1, sum = 1;
  for (int k = 1; k <= n; k++) factor *= x / (2 * k);
  for (int k = 1; fabsl(term) > 1e-21L * fabsl(sum); k++) {
    term *= z / ((long double)k * (n + k));
    sum += term;
  }
  return factor * sum;
}

static long double result(int (*of)(double, gsl_sf_result *), double x) {
  gsl_sf_result r;
  of(x, &r);
  return (long double)r.val;
}

// That of a double is one, but for its range.
static long double exponential(double x) { return fabs(x) < 700 ? (long double)exp(x) : expl((long double)x); }

// Z_n from Z_0 and Z_1 by Z_(k + 1) = (2 k / x) Z_k + sign Z_(k - 1).
static long double recurrence(int n, long double x, long double z_0, long double z_1, int sign) {
  for (int k = 1; k < n && !isinf(z_1); k++) {
    const long double next = 2 * k / x * z_1 + sign * z_0;
    z_0 = z_1;
    z_1 = next;
  }
  return n == 0 ? z_0 : z_1;
}

// J_0, J_1, Y_0 or Y_1 where x is so large that one term of their expansions is left: sqrt(2 / (pi x)) times a
// cosine or sine of x - pi / 4 or x - 3 pi / 4. There GSL reports a loss of all digits.
static const double LARGE = 1e15;

static long double wave(int kind, int n, double x) {
  const long double sine = sinl((long double)x), cosine = cosl((long double)x);
  const long double sum = (kind == SG_BESSEL_J) == (n == 0) ? sine + cosine : sine - cosine;
  return (kind == SG_BESSEL_Y && n == 1 ? -sum : sum) / sqrtl(PI * (long double)x);
}

static long double first_or_second(int kind, int n, double x) {
  if (x > LARGE) return wave(kind, n, x);
  if (kind == SG_BESSEL_J) return result(n == 0 ? gsl_sf_bessel_J0_e : gsl_sf_bessel_J1_e, x);
  return result(n == 0 ? gsl_sf_bessel_Y0_e : gsl_sf_bessel_Y1_e, x);
}

static long double bessel_j(int n, double x) {
  if (n > 1 && x * x <= 4 * (n + 1)) return series(n, (long double)x, -1);
  if (n > 1 && x <= n) {
    gsl_sf_result r;
    gsl_sf_bessel_Jn_e(n, x, &r);
    return (long double)r.val;
  }
  if (n == 1 && x < SMALL) return (long double)x / 2;
  if (isinf(x)) return 0;
  const long double j_1 = n == 0 ? 0 : first_or_second(SG_BESSEL_J, 1, x);
  return n == 1 ? j_1 : recurrence(n, (long double)x, first_or_second(SG_BESSEL_J, 0, x), j_1, -1);
}

static long double bessel_y(int n, double x) {
  if (x == 0) return -HUGE_VALL;
  if (isinf(x)) return 0;
  const long double y_1 = n == 0 ? 0 : x < SMALL ? -2 / (PI * (long double)x) : first_or_second(SG_BESSEL_Y, 1, x);
  return n == 1 ? y_1 : recurrence(n, (long double)x, first_or_second(SG_BESSEL_Y, 0, x), y_1, -1);
}

// exp(-x) I_1(x). Where x is small, GSL forgets the exponential.
static long double scaled_i_1(double x) {
  return x < 1e-3 ? exponential(-x) * series(1, (long double)x, 1) : result(gsl_sf_bessel_I1_scaled_e, x);
}

static long double bessel_i(int n, double x) {
  if (x > 11000) return HUGE_VALL; // beyond long double, or near its end
  if (n > 1 && x * x <= 16 * (n + 1)) return series(n, (long double)x, 1);
  if (n == 1) return exponential(x) * scaled_i_1(x);
  if (n == 0) return exponential(x) * result(gsl_sf_bessel_I0_scaled_e, x);
  gsl_sf_result r;
  gsl_sf_bessel_In_scaled_e(n, x, &r);
  return exponential(x) * (long double)r.val;
}

static long double bessel_k(int n, double x) {
  if (x == 0) return HUGE_VALL;
  if (isinf(x)) return 0;
  const long double k_0 = n == 1 ? 0 : result(gsl_sf_bessel_K0_scaled_e, x);
  const long double k_1 = n == 0 ? 0 : x < SMALL ? 1 / (long double)x : result(gsl_sf_bessel_K1_scaled_e, x);
  return exponential(-x) * recurrence(n, (long double)x, k_0, k_1, 1);
}

static long double bessel(int kind, int n, double x) {
  switch (kind) {
  case SG_BESSEL_J:
    return bessel_j(n, x);
  case SG_BESSEL_Y:
    return bessel_y(n, x);
  case SG_BESSEL_I:
    return bessel_i(n, x);
  default:
    return bessel_k(n, x);
  }
}

// ---- Derivatives ------------------------------------------------------------------------------------

static bool is_odd(int n) { return n % 2 != 0; }

// Z_(-n) = (-1)^n Z_n for J and Y; I_(-n) = I_n, K_(-n) = K_n.
static int sign_of_negative(int kind, int n) {
  return n < 0 && is_odd(n) && (kind == SG_BESSEL_J || kind == SG_BESSEL_Y) ? -1 : 1;
}

// The first derivative of Z_1 is Z_0 - Z_1 / x, for K with a minus before Z_0; both have one sign where x is small,
// or leave a half.
static long double slope_of_first(int kind, double x) {
  if (x == 0) return kind == SG_BESSEL_Y ? HUGE_VALL : kind == SG_BESSEL_K ? -HUGE_VALL : 0.5L;
  const long double z_0 = bessel(kind, 0, x), z_1 = bessel(kind, 1, x) / (long double)x;
  if (kind == SG_BESSEL_I && isinf(z_0)) return z_0;
  return kind == SG_BESSEL_K ? -z_0 - z_1 : z_0 - z_1;
}

// From Z_n' = s (Z_(n - 1) +- Z_(n + 1)) / 2, with minus for J and Y and s = -1 for K: 2^-m times the sum over j of
// binomials, of Z_(n - m + 2 j). Of those of Y the one farthest out is the first to be infinite.
static long double derivative(int kind, int n, int m, double x) {
  const bool alternates = kind == SG_BESSEL_J || kind == SG_BESSEL_Y;
  if (m == 0) return bessel(kind, n, x);
  if (n == 0) { // Z_0' = -Z_1 of J, Y and K, and I_1
    const long double d = m == 1 ? bessel(kind, 1, x) : derivative(kind, 1, m - 1, x);
    return kind == SG_BESSEL_I ? d : -d;
  }
  if (n == 1 && m == 1 && !isinf(x)) return slope_of_first(kind, x);
  long double sum = 0, binomial = 1;
  for (int j = 0; j <= m; j++) {
    const int order = n - m + 2 * j, sign = sign_of_negative(kind, order) * (alternates && is_odd(j) ? -1 : 1);
    const long double z = bessel(kind, order < 0 ? -order : order, x);
    if (kind == SG_BESSEL_Y && isinf(z) && j == m) return sign * z;
    sum += sign * binomial * z;
    binomial *= (long double)(m - j) / (j + 1);
  }
  return ldexpl(kind == SG_BESSEL_K && is_odd(m) ? -sum : sum, -m);
}

double sg_bessel_value(const double *x, const void *options) {
  const sg_bessel *o = options;
  const int n = (int)(o->n < 0 ? -o->n : o->n), m = (int)o->order;
  if (isnan(x[0])) return x[0];
  const bool two_sided = o->kind == SG_BESSEL_J || o->kind == SG_BESSEL_I;
  if (x[0] < 0 && !two_sided) return (double)NAN;
  const long double y = sign_of_negative(o->kind, (int)o->n) * derivative(o->kind, n, m, fabs(x[0]));
  return (double)(signbit(x[0]) && two_sided && is_odd(n + m) ? -y : y);
}

// ---- Scaled by an exponential -----------------------------------------------------------------------

// With u = 1 - cos t and u = cosh t - 1, exp(-x) I_0(x) is 1 / pi times the integral over t of exp(-x u) from 0 to
// pi, and exp(x) K_0(x) the one from 0 to infinity. A derivative is a factor -u, and n = 1 one of 1 - u and 1 + u.
// So no term cancels another, as they do in differences of Bessel functions, which are alike for large x. The
// trapezoidal rule converges exponentially, one integrand being periodic, the other decaying doubly exponentially;
// the step follows the width of exp(-x t^2 / 2).
static long double moment(bool of_i, bool first, int m, double x) {
  double h = fmin(0.125, 0.4 / sqrt(x));
  const double last = of_i ? ceil((double)PI / h) : HUGE_VAL; // step
  if (of_i) h = (double)PI / last;
  long double sum = m == 0 ? 0.5L : 0;
  for (double k = 1; k <= last; k++) {
    const double half = of_i ? sin(k * h / 2) : sinh(k * h / 2), u = 2 * half * half;
    long double term = (long double)exp(-x * u);
    for (int i = 0; i < m; i++) term *= (long double)u;
    if (first && !of_i) term *= 1 + (long double)u;
    const bool is_last = x * u > m && term <= 1e-19L * fabsl(sum);
    if (first && of_i) term *= 1 - (long double)u; // which may be 0 long before the end
    sum += k == last ? term / 2 : term;
    if (is_last) break;
  }
  return sum * (long double)h / (of_i ? PI : 1);
}

// The m-th derivative is (-1)^m times this, for x > 0 and m > 0.
static long double scaled(int kind, int m, double x) {
  const bool of_i = kind == SG_I0E || kind == SG_I1E, first = kind == SG_I1E || kind == SG_K1E;
  if (!of_i && x < 0x1p-70) // (m - 1)! / x^m and m! / x^(m + 1): what K_0 and K_1 begin with
    return tgammal(m + first) / powl((long double)x, m + first);
  if (x > 0x1p70) // what is left of the integrals where u = t^2 / 2
    return tgammal(m + 0.5L) / sqrtl(2) / (of_i ? PI : 1) / powl((long double)x, m + 0.5L);
  return moment(of_i, first, m, x);
}

static long double scaled_value(int kind, double x) {
  switch (kind) {
  case SG_I0E:
    return result(gsl_sf_bessel_I0_scaled_e, x);
  case SG_I1E:
    return scaled_i_1(x);
  case SG_K0E:
    return result(gsl_sf_bessel_K0_scaled_e, x);
  default:
    return x < SMALL ? 1 / (long double)x : result(gsl_sf_bessel_K1_scaled_e, x);
  }
}

// The first derivative where the difference of the two functions keeps their digits.
static long double scaled_slope(int kind, double x) {
  const bool of_i = kind == SG_I0E || kind == SG_I1E;
  const long double z_0 = scaled_value(of_i ? SG_I0E : SG_K0E, x), z_1 = scaled_value(of_i ? SG_I1E : SG_K1E, x);
  switch (kind) {
  case SG_I0E:
    return z_1 - z_0;
  case SG_I1E:
    return z_0 - z_1 / (long double)x - z_1;
  case SG_K0E:
    return z_0 - z_1;
  default:
    return z_1 - z_0 - z_1 / (long double)x;
  }
}

double sg_scaled_bessel_value(const double *x, const void *options) {
  const sg_scaled_bessel *o = options;
  const bool of_i = o->kind == SG_I0E || o->kind == SG_I1E;
  const int m = (int)o->order;
  const double size = fabs(x[0]);
  if (isnan(x[0]) || (x[0] < 0 && !of_i)) return (double)NAN;
  const bool odd = of_i && is_odd(m + (o->kind == SG_I1E));
  if (isinf(size) || (size == 0 && odd)) return 0;
  if (size == 0 && !of_i) return is_odd(m) ? -HUGE_VAL : HUGE_VAL;
  long double y;
  if (m == 0)
    y = scaled_value(o->kind, size);
  else if (m == 1 && size > SMALL && size < (o->kind == SG_I0E ? 4 : 0.5))
    y = scaled_slope(o->kind, size);
  else
    y = is_odd(m) ? -scaled(o->kind, m, size) : scaled(o->kind, m, size);
  return (double)(x[0] < 0 && odd ? -y : y);
}
