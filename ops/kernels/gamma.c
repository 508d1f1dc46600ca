// SPDX-License-Identifier: GPL-3.0-or-later
//
// The logarithm of the gamma function, its first two derivatives on vectors, and those of higher order element by
// element in more digits than the dtype has.
#include "ops/kernels/special.h"
#include "ops/kernels/turns.h"

#include <stdbool.h>

// ---- On vectors -------------------------------------------------------------------------------------

// STEPS: from there on the expansions for large x hold with TERMS of Bernoulli's numbers; the first one left out is
// below 1e-17 (f64) and 1e-8 (f32) of the whole. FAR: beyond it SLEEF's lgamma may be infinite.
#if defined(SG_KERNEL_F32)
enum { STEPS = 5, TERMS = 4 };
static const real FAR = 1e30F;
#else
enum { STEPS = 10, TERMS = 8 };
static const real FAR = 1e300;
#endif

#if defined(VECTOR_SLEEF)
vector_function VECTOR_FUNCTION(lgamma, u10);
ALWAYS_INLINE vreal finite_lgamma(vreal x) { return VECTOR_FUNCTION(lgamma, u10)(x); }
#else
ALWAYS_INLINE vreal finite_lgamma(vreal x) {
  int sign;
  return (real)lgamma_r((double)x, &sign);
}
#endif

// Where x is far, log gamma(x) is x (log(x) - 1) but for less than a rounding.
ALWAYS_INLINE vreal lgamma_of(vreal x) {
  const vmask far = (vmask)(x > FAR);
  const vreal near_y = finite_lgamma(vector_select(far, vector_splat(1), x));
  return vector_select(far, x * (vector_log(x) - 1), near_y);
}
void VARIANT(lgamma_row)(const sg_row *row) { map_vector(lgamma_of, row); }

// The sum over k = 1, 2, ... of coefficient[k - 1] u^2k.
ALWAYS_INLINE vreal bernoulli_series(const double *coefficient, vreal u) {
  const vreal square = u * u;
  vreal sum = vector_splat((real)coefficient[TERMS - 1]);
  for (int k = TERMS - 2; k >= 0; k--) sum = sum * square + (real)coefficient[k];
  return sum * square;
}

// The sum over 0 < k < STEPS of 1 / (x + k)^power, power 1 or 2, as one fraction.
ALWAYS_INLINE vreal shifted_terms(vreal x, int power) {
  vreal numerator = vector_splat(0), denominator = vector_splat(1);
  for (int k = 1; k < STEPS; k++) {
    const vreal t = x + (real)k, factor = power == 2 ? t * t : t;
    numerator = numerator * factor + denominator;
    denominator = denominator * factor;
  }
  return numerator / denominator;
}

// For x > 0. psi(x + n) is psi(x) and the sum over k < n of 1 / (x + k), and for large x
// psi(x) = log(x) - 1 / (2 x) - sum over k of B_2k / (2 k x^2k).
ALWAYS_INLINE vreal digamma_of_positive(vreal x) {
  static const double coefficient[] = {1 / 12.0,  -1 / 120.0,     1 / 252.0, -1 / 240.0,
                                       1 / 132.0, -691 / 32760.0, 1 / 12.0,  -3617 / 8160.0};
  const vmask small = (vmask)(x < (real)STEPS);
  const vreal large = vector_select(small, x + (real)STEPS, x), u = 1 / large;
  const vreal y = vector_log(large) - ((real)0.5 * u + bernoulli_series(coefficient, u));
  return y - vector_select(small, 1 / x + shifted_terms(x, 1), vector_splat(0));
}

// The derivative: for large x 1 / x + 1 / (2 x^2) + sum over k of B_2k / x^(2k + 1).
ALWAYS_INLINE vreal trigamma_of_positive(vreal x) {
  static const double coefficient[] = {1 / 6.0,  -1 / 30.0,     1 / 42.0, -1 / 30.0,
                                       5 / 66.0, -691 / 2730.0, 7 / 6.0,  -3617 / 510.0};
  const vmask small = (vmask)(x < (real)STEPS);
  const vreal large = vector_select(small, x + (real)STEPS, x), u = 1 / large;
  const vreal y = u + u * ((real)0.5 * u + bernoulli_series(coefficient, u));
  return y + vector_select(small, 1 / x * (1 / x) + shifted_terms(x, 2), vector_splat(0));
}

// Whether some lane is not above 0; NaN is.
ALWAYS_INLINE bool some_reflected(vreal x) {
  real lanes[VECTOR_LANES];
  int reflected = 0;
  vector_store(lanes, x);
  for (int i = 0; i < VECTOR_LANES; i++) reflected |= lanes[i] <= 0;
  return reflected;
}

// psi(x) = psi(1 - x) - pi cot(pi x). At a pole there is no sign but at 0, which has a side.
ALWAYS_INLINE vreal digamma_of(vreal x) {
  if (!some_reflected(x)) return digamma_of_positive(x);
  const vmask reflected = (vmask)(x <= 0);
  const vreal y = digamma_of_positive(vector_select(reflected, 1 - x, x));
  const vreal turn = vector_turn(x), sine = vector_turn_sine(turn);
  const vreal turned = y - (real)PI * vector_turn_cosine(turn) / sine;
  const vreal below = vector_select((vmask)(sine == 0), vector_splat((real)NAN), turned);
  return vector_select(reflected, vector_select((vmask)(x == 0), -1 / x, below), y);
}

// psi'(x) = (pi / sin(pi x))^2 - psi'(1 - x)
ALWAYS_INLINE vreal trigamma_of(vreal x) {
  if (!some_reflected(x)) return trigamma_of_positive(x);
  const vmask reflected = (vmask)(x <= 0);
  const vreal y = trigamma_of_positive(vector_select(reflected, 1 - x, x));
  const vreal wave = (real)PI / vector_turn_sine(vector_turn(x));
  return vector_select(reflected, wave * wave - y, y);
}

void VARIANT(digamma_row)(const sg_row *row) { map_vector(digamma_of, row); }

// ---- Of any order -----------------------------------------------------------------------------------

// Bernoulli's numbers B_2, B_4, ...
static const long double bernoulli[] = {1 / 6.0L,       -1 / 30.0L,      1 / 42.0L, -1 / 30.0L,
                                        5 / 66.0L,      -691 / 2730.0L,  7 / 6.0L,  -3617 / 510.0L,
                                        43867 / 798.0L, -174611 / 330.0L};
enum { BERNOULLI = sizeof bernoulli / sizeof *bernoulli };

// (-1)^(n + 1) n! times the sum over k of 1 / (x + k)^(n + 1), which is n! zeta(n + 1, x). For x > 0 and n > 0:
// terms up to where x is large, and Euler's and Maclaurin's formula from there.
static long double polygamma_of_positive(long double x, int n) {
  long double factorial = 1, sum = 0; // factorial: n!
  for (int k = 2; k <= n; k++) factorial *= k;
  for (; x < 24 + n; x++) sum += factorial / powl(x, n + 1);
  sum += factorial / powl(x, n + 1) / 2 + factorial / n / powl(x, n);
  long double term = factorial * (n + 1) / 2 / powl(x, n + 2); // (2 k + n - 1)! / (2 k)! / x^(2 k + n)
  for (int k = 1; k <= BERNOULLI; k++) {
    sum += bernoulli[k - 1] * term;
    term *= (long double)((2 * k + n + 1) * (2 * k + n)) / ((2 * k + 1) * (2 * k + 2)) / x / x;
  }
  return n % 2 ? sum : -sum;
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
  if (n == 0) {
    map_vector(digamma_of, row);
    return;
  }
  if (n == 1) {
    map_vector(trigamma_of, row);
    return;
  }
  const real *x = row->operand[0];
  real *y = row->result[0];
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)polygamma_of((long double)x[i], n);
}
