// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of a norm of any order but 0, along a piece of the elements it is of; see norm_slopes.h.
#ifndef SELENOGRAD_KERNELS_NORM_SLOPE_ROWS_H
#define SELENOGRAD_KERNELS_NORM_SLOPE_ROWS_H

#include <math.h>
#include <stdbool.h>

#include "ops/kernels/vector_math.h"

ALWAYS_INLINE double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

typedef double slope_function(double x, double norm, double d_y);

ALWAYS_INLINE double by_sign(double x, double norm, double d_y) { return (void)norm, d_y * sign_of(x); }
ALWAYS_INLINE double by_length(double x, double norm, double d_y) { return norm == 0 ? 0 : d_y * (x / norm); }
ALWAYS_INLINE double by_extreme(double x, double norm, double d_y) {
  return (fabs(x) == norm ? d_y : d_y * 0) * sign_of(x);
}
ALWAYS_INLINE double by_square(double x, double norm, double d_y) {
  return x == 0 || norm == 0 ? 0 : d_y * sign_of(x) * (x / norm * (x / norm));
}

// One piece of a row, with a norm of its own for every element or for all of them.
typedef struct stretch {
  const real *x;
  const double *norm, *d_y;
  real *d_x;
  int64_t count;
} stretch;

ALWAYS_INLINE void along(slope_function *slope, bool each, stretch s) {
  const real *restrict x = s.x;
  const double *restrict norm = s.norm, *restrict d_y = s.d_y;
  real *restrict d_x = s.d_x;
  for (int64_t j = 0; j < s.count; j++) {
    const int64_t k = each ? j : 0;
    d_x[j] = (real)slope((double)x[j], norm[k], d_y[k]);
  }
}

ALWAYS_INLINE void choose(slope_function *slope, bool each, stretch s) {
  each ? along(slope, true, s) : along(slope, false, s);
}

#if defined(SG_KERNEL_F32)
#define LEAST_WHOLE 0x1p-100 // of which no digit is lost
#else
#define LEAST_WHOLE 0x1p-960
#endif

// Any other power: vectors of `real`, and where that would lose digits, one by one in double.
static void by_power(bool each, stretch s, double exponent) {
  enum { BLOCK = 256 };
  real ratio[BLOCK], power[BLOCK];
  const real one = (real)exponent;
  for (int64_t from = 0; from < s.count; from += BLOCK) {
    const int64_t width = s.count - from < BLOCK ? s.count - from : BLOCK;
    const real *x = s.x + from;
    const double *norm = s.norm + (each ? from : 0), *d_y = s.d_y + (each ? from : 0);
    for (int64_t j = 0; j < width; j++) ratio[j] = (real)(fabs((double)x[j]) / norm[each ? j : 0]);
    vector_map_2(vector_pow, ratio, 1, &one, 0, power, width);
    for (int64_t j = 0; j < width; j++) {
      const double n = norm[each ? j : 0], own = d_y[each ? j : 0], x_j = (double)x[j];
      const bool whole = (double)ratio[j] > LEAST_WHOLE && (double)ratio[j] < 1 / LEAST_WHOLE &&
                         (double)power[j] > LEAST_WHOLE && (double)power[j] < 1 / LEAST_WHOLE;
      const double factor = whole ? (double)power[j] : pow(fabs(x_j) / n, exponent);
      s.d_x[from + j] = (real)(x_j == 0 || n == 0 ? 0 : own * sign_of(x_j) * factor);
    }
  }
}

// The slopes of order `order` of one piece.
static void piece(double order, bool each, stretch s) {
  if (order == 1)
    choose(by_sign, each, s);
  else if (order == 2)
    choose(by_length, each, s);
  else if (order == 3)
    choose(by_square, each, s);
  else if (isinf(order))
    choose(by_extreme, each, s);
  else
    by_power(each, s, order - 1);
}

#endif
