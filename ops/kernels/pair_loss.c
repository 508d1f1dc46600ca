// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/pair_loss.h"
#include "ops/kernels/row_map.h"

#include <math.h>

enum { RUN = 512 }; // terms added up in `real` before the sum passes on to a double

// Each loss is a function of the difference d = x - target.

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

ALWAYS_INLINE void add_up(scalar_function *f, wide_sum *wide, const pair_loss_arguments *a, int64_t begin,
                          int64_t end) {
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

static void square_sums(const void *a, int64_t begin, int64_t end) {
  add_up(square_of, wide_square_sum, a, begin, end);
}
static void absolute_sums(const void *a, int64_t begin, int64_t end) {
  add_up(absolute_of, wide_absolute_sum, a, begin, end);
}

extern const pair_loss_kernels VARIANT(pair_loss);
const pair_loss_kernels VARIANT(pair_loss) = {.square_sums = square_sums, .absolute_sums = absolute_sums};

// ---- Rows -------------------------------------------------------------------------------------------

ALWAYS_INLINE real square_loss_of(real x, real target) { return square_of(x - target); }
void VARIANT(square_loss_row)(const sg_row *row) { map_scalar_2(square_loss_of, row); }

ALWAYS_INLINE real absolute_loss_of(real x, real target) { return absolute_of(x - target); }
void VARIANT(absolute_loss_row)(const sg_row *row) { map_scalar_2(absolute_loss_of, row); }

// d_x = scale d_y f(x - target), d_target = -d_x
ALWAYS_INLINE void slope(scalar_function *f, const sg_row *row) {
  const real *x = row->operand[0], *target = row->operand[1], *d_y = row->operand[2];
  const real scale = parameter_of(row, 0);
  const int64_t stride = row->stride[2];
  real *d_x = row->result[0], *d_target = row->result[1];
  for (int64_t i = 0; i < row->count; i++) {
    real d = f(x[i] - target[i]) * (scale * d_y[i * stride]);
    if (d_x) d_x[i] = d;
    if (d_target) d_target[i] = -d;
  }
}
void VARIANT(d_square_loss_row)(const sg_row *row) { slope(square_slope, row); }
void VARIANT(d_absolute_loss_row)(const sg_row *row) { slope(absolute_slope, row); }
