// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/pair_loss.h"
#include "ops/kernels/real.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum { RUN = 512 }; // terms added up in `real` before the sum passes on to a double

typedef real function(real difference);

ALWAYS_INLINE real square_of(real d) { return d * d; }
ALWAYS_INLINE real absolute_of(real d) { return d < 0 ? -d : d; }
ALWAYS_INLINE real square_slope(real d) { return d; } // the factor 2 is part of the scale
// NaN stays NaN.
ALWAYS_INLINE real absolute_slope(real d) { return d > 0 ? (real)1 : d < 0 ? (real)-1 : d * 0; }

// scale times the sum in double, for terms or sums that `real` cannot hold, though their mean may be one that it
// can.
typedef double wide_sum(int64_t begin, int64_t end, const real *x, const real *target, double scale);

static double wide_square_sum(int64_t begin, int64_t end, const real *x, const real *target, double scale) {
  double sum = 0;
  for (int64_t i = begin; i < end; i++) {
    double d = (double)x[i] - (double)target[i];
    sum += d * (d * scale);
  }
  return sum;
}

static double wide_absolute_sum(int64_t begin, int64_t end, const real *x, const real *target, double scale) {
  double sum = 0;
  for (int64_t i = begin; i < end; i++) sum += fabs((double)x[i] * scale - (double)target[i] * scale);
  return sum;
}

ALWAYS_INLINE void map(function *f, const pair_loss_arguments *a, int64_t begin, int64_t end) {
  const real *restrict x = a->x, *restrict target = a->target;
  real *restrict y = a->y;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) y[i] = f(x[i] - target[i]);
}

ALWAYS_INLINE void add_up(function *f, wide_sum *wide, const pair_loss_arguments *a, int64_t begin, int64_t end) {
  const real *restrict x = a->x, *restrict target = a->target;
  for (int64_t block = begin; block < end; block++) {
    int64_t first = block * PAIR_LOSS_BLOCK,
            last = a->count - first < PAIR_LOSS_BLOCK ? a->count : first + PAIR_LOSS_BLOCK;
    double sum = 0;
    for (; first < last; first += RUN) {
      int64_t stop = last - first < RUN ? last : first + RUN;
      if (a->wide) {
        sum += wide(first, stop, x, target, a->scale);
        continue;
      }
      real partial = 0;
#pragma omp simd reduction(+ : partial)
      for (int64_t i = first; i < stop; i++) partial += f(x[i] - target[i]);
      sum += isfinite(partial) ? (double)partial : wide(first, stop, x, target, 1);
    }
    a->sums[block] = sum;
  }
}

ALWAYS_INLINE void slope(function *f, const pair_loss_arguments *a, int64_t begin, int64_t end) {
  const real *x = a->x, *target = a->target, *d_y = a->d_y;
  real *d_x = a->d_x, *d_target = a->d_target, scale = (real)a->scale;
  int64_t stride = a->d_y_stride;
  for (int64_t i = begin; i < end; i++) {
    real d = f(x[i] - target[i]) * (scale * d_y[i * stride]);
    if (d_x) d_x[i] = d;
    if (d_target) d_target[i] = -d;
  }
}

static void square(const void *a, int64_t begin, int64_t end) { map(square_of, a, begin, end); }
static void absolute(const void *a, int64_t begin, int64_t end) { map(absolute_of, a, begin, end); }
static void square_sums(const void *a, int64_t begin, int64_t end) {
  add_up(square_of, wide_square_sum, a, begin, end);
}
static void absolute_sums(const void *a, int64_t begin, int64_t end) {
  add_up(absolute_of, wide_absolute_sum, a, begin, end);
}
static void d_square(const void *a, int64_t begin, int64_t end) { slope(square_slope, a, begin, end); }
static void d_absolute(const void *a, int64_t begin, int64_t end) { slope(absolute_slope, a, begin, end); }

extern const pair_loss_kernels VARIANT(pair_loss);
const pair_loss_kernels VARIANT(pair_loss) = {.square = square,
                                              .absolute = absolute,
                                              .square_sums = square_sums,
                                              .absolute_sums = absolute_sums,
                                              .d_square = d_square,
                                              .d_absolute = d_absolute};
