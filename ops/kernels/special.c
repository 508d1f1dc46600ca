// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions beyond the elementary ones, element by element in more digits than the dtype has.
#include "ops/kernels/special.h"
#include "ops/kernels/turns.h"

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

// NaN of infinities.
ALWAYS_INLINE vreal sinc_of(vreal x) {
  const vreal y = vector_turn_sine(vector_turn(x)) / ((real)PI * x) + (x - x);
  return vector_select((vmask)(x == 0), vector_splat(1), y);
}
void VARIANT(sinc_row)(const sg_row *row) { map_vector(sinc_of, row); }

// (cos(pi x) - sinc(x)) / x and, around 0, x times the sum over k > 0 of (-1)^k pi^2k 2 k x^(2 k - 2) / (2 k + 1)!
ALWAYS_INLINE vreal sinc_slope(vreal x) {
  enum { TERMS = sizeof(real) == 4 ? 7 : 11 }; // the next one is nothing beside the first for |x| = 1/2
  const real square_of_pi = (real)(PI * PI);
  const vreal turn = vector_turn(x), square = square_of_pi * (x * x);
  vreal series = vector_splat(0);
  for (int k = TERMS; k > 1; k--) series = (1 + series) * square * ((real)-1 / (real)((2 * k - 2) * (2 * k + 1)));
  series = x * (1 + series) * (-square_of_pi / 3);
  const vreal y = (vector_turn_cosine(turn) - vector_turn_sine(turn) / ((real)PI * x)) / x + (x - x);
  return vector_select((vmask)(vector_abs(x) < (real)0.5), series, y);
}
void VARIANT(sinc_derivative_row)(const sg_row *row) {
  const int n = (int)*(const int64_t *)row->parameter;
  if (n == 1) {
    map_vector(sinc_slope, row);
    return;
  }
  const real *x = row->operand[0];
  real *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)sinc_derivative_of((long double)x[i], n);
}
