// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/centre.h"
#include "ops/kernels/real.h"

static void apply_one(const real *x, real *y, int64_t count, double mean, double scale) {
#pragma omp simd
  for (int64_t j = 0; j < count; j++) y[j] = (real)(((double)x[j] - mean) * scale);
}

static void subtract_each(const real *x, real *y, int64_t count, const double *restrict mean) {
#pragma omp simd
  for (int64_t j = 0; j < count; j++) y[j] = (real)((double)x[j] - mean[j]);
}

static void scale_each(const real *x, real *y, int64_t count, const double *restrict mean,
                       const double *restrict scale) {
#pragma omp simd
  for (int64_t j = 0; j < count; j++) y[j] = (real)(((double)x[j] - mean[j]) * scale[j]);
}

ALWAYS_INLINE void shift_by(bool each, const centre_arguments *a, int64_t output, const real *x, real *y,
                            int64_t count) {
  const double *restrict mean = a->mean + output, *restrict scale = a->scale + output;
  const double *restrict shift = a->shift + output;
#pragma omp simd
  for (int64_t j = 0; j < count; j++) {
    const int64_t k = each ? j : 0;
    y[j] = (real)(((double)x[j] - mean[k]) * scale[k] + shift[k]);
  }
}

static void apply(const void *arguments, int64_t begin, int64_t end) {
  const centre_arguments *a = arguments;
  const reduce_layout *layout = &a->layout;
  for (int64_t item = begin; item < end; item++) {
    int64_t row = item / a->pieces, start = item % a->pieces * REDUCE_PIECE;
    int64_t kept = row / layout->reduced.count, reduced = row % layout->reduced.count;
    int64_t offset = reduce_offset(&layout->kept, kept) + reduce_offset(&layout->reduced, reduced) + start;
    int64_t count = layout->row - start < REDUCE_PIECE ? layout->row - start : REDUCE_PIECE;
    int64_t output = layout->columns ? kept * layout->row + start : kept;
    const real *x = (const real *)a->x + offset;
    real *y = (real *)a->y + offset;
    if (a->shift) {
      layout->columns ? shift_by(true, a, output, x, y, count) : shift_by(false, a, output, x, y, count);
    } else if (!layout->columns) {
      apply_one(x, y, count, a->mean[output], a->scale ? a->scale[output] : 1);
    } else if (a->scale) {
      scale_each(x, y, count, a->mean + output, a->scale + output);
    } else {
      subtract_each(x, y, count, a->mean + output);
    }
  }
}

extern const centre_kernels VARIANT(centre);
const centre_kernels VARIANT(centre) = {.apply = apply};
