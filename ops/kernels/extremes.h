// SPDX-License-Identifier: GPL-3.0-or-later
//
// The larger and the smaller of elements, of any dtype. NaN wins: it is taken as a value, and compares as not
// better once it is the best.
#ifndef SELENOGRAD_KERNELS_EXTREMES_H
#define SELENOGRAD_KERNELS_EXTREMES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "ops/kernels/real.h"

#if defined(SG_KERNEL_F32) || defined(SG_KERNEL_F64)
#define LOWEST (-(real)INFINITY)
#define HIGHEST ((real)INFINITY)
ALWAYS_INLINE bool is_nan(real x) { return x != x; }
#else
#define LOWEST ((real)(sizeof(real) == 1 ? 0 : INT64_MIN))
#define HIGHEST ((real)(sizeof(real) == 1 ? UINT8_MAX : INT64_MAX))
ALWAYS_INLINE bool is_nan(real x) { return (void)x, false; }
#endif

ALWAYS_INLINE real higher(real value, real best) { return ((value > best) | is_nan(value)) ? value : best; }
ALWAYS_INLINE real lower(real value, real best) { return ((value < best) | is_nan(value)) ? value : best; }
ALWAYS_INLINE real better(bool minimum, real value, real best) {
  return minimum ? lower(value, best) : higher(value, best);
}

// Of contiguous elements; LOWEST or HIGHEST of none.
ALWAYS_INLINE real line_extreme_of(bool minimum, const real *restrict x, int64_t count) {
  enum { LANES = 64 };
  real best = minimum ? HIGHEST : LOWEST, lanes[LANES];
  int64_t i = 0;
  if (count >= LANES) {
    for (int j = 0; j < LANES; j++) lanes[j] = best;
    for (; i + LANES <= count; i += LANES) {
#pragma omp simd
      for (int j = 0; j < LANES; j++) lanes[j] = better(minimum, x[i + j], lanes[j]);
    }
    for (int j = 0; j < LANES; j++) best = better(minimum, lanes[j], best);
  }
  for (; i < count; i++) best = better(minimum, x[i], best);
  return best;
}

static inline real line_extreme(bool minimum, const real *x, int64_t count) {
  return minimum ? line_extreme_of(true, x, count) : line_extreme_of(false, x, count);
}

#endif
