// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions beyond the elementary ones, element by element in more digits than the dtype has.
#include "ops/kernels/special.h"
#include "ops/kernels/row_vector.h"

#include <stdbool.h>

#define PI 3.14159265358979323846264338327950288L

// ---- The inverse of the error function --------------------------------------------------------------

// An approximation to three digits (Winitzki), and two of Halley's steps, which triple their number: with
// u = (erf(y) - x) / erf'(y), y -= u / (1 + y u). Towards 1 in terms of 1 - x, which is exact there.
static double erfinv_of(double x) {
  const double size = x < 0 ? -x : x, a = 0.147;
  if (!(size < 1)) return size == 1 ? copysign(HUGE_VAL, x) : (double)NAN;
  const double l = log((1 - size) * (1 + size)), t = 2 / ((double)PI * a) + l / 2;
  double y = size < 0.1 ? size * 0.886226925452758014 : sqrt(sqrt(t * t - l / a) - t);
  for (int step = 0; step < 2; step++) {
    const double error = size < 0.5 ? erf(y) - size : (1 - size) - erfc(y);
    const double u = error / (1.12837916709551257390 * exp(-y * y));
    y -= u / (1 + y * u);
  }
  return copysign(y, x);
}

void VARIANT(erfinv_row)(const sg_row *row) {
  const real *x = row->operand[0];
  real *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)erfinv_of((double)x[i]);
}

// ---- The logarithm of the gamma function, and its derivatives ---------------------------------------

void VARIANT(lgamma_row)(const sg_row *row) {
  const real *x = row->operand[0];
  real *y = row->result[0];
  int sign;
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)lgammal_r((long double)x[i], &sign);
}

// Bernoulli's numbers B_2, B_4, ...
static const long double bernoulli[] = {1 / 6.0L,       -1 / 30.0L,      1 / 42.0L, -1 / 30.0L,
                                        5 / 66.0L,      -691 / 2730.0L,  7 / 6.0L,  -3617 / 510.0L,
                                        43867 / 798.0L, -174611 / 330.0L};
enum { BERNOULLI = sizeof bernoulli / sizeof *bernoulli };

// (-1)^(n + 1) n! times the sum over k of 1 / (x + k)^(n + 1), which is n! zeta(n + 1, x); for n = 0 the digamma
// function. For x > 0: terms up to where x is large, and Euler's and Maclaurin's formula from there.
static long double polygamma_of_positive(long double x, int n) {
  long double factorial = 1, sum = 0; // factorial: n!
  for (int k = 2; k <= n; k++) factorial *= k;
  for (; x < 24 + n; x++) sum += factorial / powl(x, n + 1);
  sum += factorial / powl(x, n + 1) / 2;
  sum += n == 0 ? -logl(x) : factorial / n / powl(x, n);
  long double term = factorial * (n + 1) / 2 / powl(x, n + 2); // (2 k + n - 1)! / (2 k)! / x^(2 k + n)
  for (int k = 1; k <= BERNOULLI; k++) {
    sum += bernoulli[k - 1] * term;
    term *= (long double)((2 * k + n + 1) * (2 * k + n)) / ((2 * k + 1) * (2 * k + 2)) / x / x;
  }
  return n % 2 ? sum : -sum;
}

// sin(pi x), with x moved to [-1/2, 1/2], which loses no digit.
static long double sine_of_turns(long double x) {
  long double r = fmodl(x, 2), size = fabsl(r);
  if (size > 1.5L)
    r -= copysignl(2, r);
  else if (size > 0.5L)
    r = copysignl(1, r) - r;
  return sinl(PI * r);
}

// The derivative of cot(pi x), n times. With c = cot(pi x) it is pi^n P_n(c), P_0 = c, P_(k+1) = -(1 + c^2) P_k';
// the coefficients of a P_n have one sign, and every second one is 0.
static long double cotangent_derivative(long double x, int n) {
  const long double sine = sine_of_turns(x), c = sine_of_turns(x + 0.5L) / sine;
  long double p[SPECIAL_ORDERS + 2] = {0, 1}, y = 0, scale = 1;
  for (int k = 0; k < n; k++, scale *= PI) {
    long double q[SPECIAL_ORDERS + 2] = {0};
    for (int j = 1; j <= k + 1; j++) {
      q[j - 1] -= j * p[j];
      q[j + 1] -= j * p[j];
    }
    memcpy(p, q, sizeof p);
  }
  for (int j = n + 1; j >= 0; j--) y = y * c + p[j];
  return scale * y;
}

// Elsewhere by reflection: the derivatives of psi(1 - x) - psi(x) = pi cot(pi x). At a pole both sides are the same
// infinity, or there is none; 0 has a sign and a side.
static long double polygamma_of(long double x, int n) {
  if (x > 0 || x != x) return polygamma_of_positive(x, n);
  if (x == floorl(x)) return n % 2 ? HUGE_VALL : x == 0 ? -copysignl(HUGE_VALL, x) : (long double)NAN;
  const long double mirrored = polygamma_of_positive(1 - x, n);
  return (n % 2 ? -mirrored : mirrored) - PI * cotangent_derivative(x, n);
}

// parameter: n, an int64_t of at most SPECIAL_ORDERS
void VARIANT(polygamma_row)(const sg_row *row) {
  const int n = (int)*(const int64_t *)row->parameter;
  const real *x = row->operand[0];
  real *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)polygamma_of((long double)x[i], n);
}

void VARIANT(digamma_row)(const sg_row *row) {
  const real *x = row->operand[0];
  real *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)polygamma_of((long double)x[i], 0);
}

// ---- sin(pi x) / (pi x) -----------------------------------------------------------------------------

// With s that function, x s = sin(pi x) / pi, and so x s^(n) + n s^(n - 1) = pi^(n - 1) sin(pi x + n pi / 2).
// Around 0, where that divides by little, the sum over k of (-1)^k pi^(2 k) x^(2 k - n) / (2 k - n)! / (2 k + 1).
static long double sinc_derivative_of(long double x, int n) {
  if (fabsl(x) < 2) {
    long double sum = 0, power = 1; // power: (pi x)^(2 k - n) / (2 k - n)!, with its sign
    int j = n % 2, k = (n + 1) / 2;
    for (int i = 1; i <= j; i++) power *= PI * x / i;
    if (k % 2) power = -power;
    for (; j < 60; j += 2, k++) {
      sum += power / (2 * k + 1);
      power *= -(PI * x) * (PI * x) / ((j + 1) * (j + 2));
    }
    return sum * powl(PI, n);
  }
  long double y = sine_of_turns(x) / (PI * x), scale = 1;
  const long double sine = sine_of_turns(x), cosine = sine_of_turns(fmodl(x, 2) + 0.5L);
  const long double waves[] = {sine, cosine, -sine, -cosine}; // sin(pi x + k pi / 2)
  for (int k = 1; k <= n; k++, scale *= PI) y = (scale * waves[k % 4] - k * y) / x;
  return y;
}

void VARIANT(sinc_derivative_row)(const sg_row *row) {
  const int n = (int)*(const int64_t *)row->parameter;
  const real *x = row->operand[0];
  real *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)sinc_derivative_of((long double)x[i], n);
}

// pi x, with x moved to where the sine is the same, in [-1/2, 1/2]: no digit is lost.
ALWAYS_INLINE real sinc_angle(real x) {
#if defined(SG_KERNEL_F32)
  const real r = x - 2 * rintf(x / 2);
#else
  const real r = x - 2 * rint(x / 2);
#endif
  const real size = r < 0 ? -r : r, folded = size > (real)0.5 ? 1 - size : size;
  return (real)PI * (r < 0 ? -folded : folded);
}

// In steps through a buffer, as y may be x.
void VARIANT(sinc_row)(const sg_row *row) {
  enum { CHUNK = 128 };
  real sine[CHUNK];
  for (int64_t start = 0; start < row->count; start += CHUNK) {
    const int64_t count = row->count - start < CHUNK ? row->count - start : CHUNK;
    const real *x = (const real *)row->operand[0] + start;
    real *y = (real *)row->result[0] + start;
#pragma omp simd
    for (int64_t i = 0; i < count; i++) sine[i] = sinc_angle(x[i]);
    vector_map(vector_sin, sine, sine, count);
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = x[i] == 0 ? 1 : sine[i] / ((real)PI * x[i]);
  }
}
