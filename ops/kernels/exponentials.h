// SPDX-License-Identifier: GPL-3.0-or-later
//
// Maximum and sum of exponentials along an axis of data laid out as (outer, count, inner). With inner = 1 the axis
// is a row; otherwise a strip of up to STRIP neighbouring columns goes together. Exponents are shifted by the
// maximum, so that none overflows and the largest is 1. A NaN makes the sum NaN.
#ifndef SELENOGRAD_KERNELS_EXPONENTIALS_H
#define SELENOGRAD_KERNELS_EXPONENTIALS_H

#include "ops/kernels/vector_math.h"

enum { STRIP = 64, EXPONENTIALS_RUN = 512 };

typedef struct strip {
  int64_t stride; // elements from one position on the axis to the next
  int64_t width;  // columns
  int64_t start;  // offset of the first element
} strip;

// Strip `item` of those that cover (outer, count, inner), and the number of strips.
static inline int64_t strips_per_outer(int64_t inner) { return (inner + STRIP - 1) / STRIP; }

static inline strip strip_at(int64_t item, int64_t count, int64_t inner) {
  int64_t strips = strips_per_outer(inner), outer = item / strips, column = item % strips * STRIP;
  return (strip){inner, inner - column < STRIP ? inner - column : STRIP, outer * count * inner + column};
}

static inline void strip_maximum(const real *x, strip s, int64_t count, real *restrict maximum) {
  for (int64_t i = 0; i < s.width; i++) maximum[i] = (real)-INFINITY;
  if (s.stride == 1) {
    real largest = maximum[0];
#pragma omp simd reduction(max : largest)
    for (int64_t k = 0; k < count; k++) largest = x[k] > largest ? x[k] : largest;
    maximum[0] = largest;
    return;
  }
  for (int64_t k = 0; k < count; k++) {
    const real *restrict row = x + k * s.stride;
#pragma omp simd
    for (int64_t i = 0; i < s.width; i++) maximum[i] = row[i] > maximum[i] ? row[i] : maximum[i];
  }
}

// y[i] = exp(x[i] - maximum); returns the sum. count <= EXPONENTIALS_RUN.
static inline double exponentials_run(const real *x, real maximum, real *y, int64_t count) {
  vreal sum = {0};
  int64_t i = 0;
  for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) {
    vreal e = vector_exp(vector_load(x + i) - maximum);
    vector_store(y + i, e);
    sum += e;
  }
  if (i < count) {
    vreal e = vector_exp(vector_load_part(x + i, count - i, (real)-INFINITY) - maximum);
    vector_store_part(y + i, e, count - i);
    sum += vector_load_part(y + i, count - i, 0);
  }
  return vector_sum(sum);
}

// sum[i] = sum over the axis of exp(x - maximum[i]); y, of the layout of x, receives the terms where not NULL.
static inline void strip_exponentials(const real *x, strip s, int64_t count, const real *maximum, real *y,
                                      double *restrict sum) {
  real buffer[EXPONENTIALS_RUN];
  for (int64_t i = 0; i < s.width; i++) sum[i] = 0;
  if (s.stride == 1) {
    for (int64_t k = 0; k < count; k += EXPONENTIALS_RUN) {
      int64_t run = count - k < EXPONENTIALS_RUN ? count - k : EXPONENTIALS_RUN;
      sum[0] += exponentials_run(x + k, maximum[0], y ? y + k : buffer, run);
    }
    return;
  }
  for (int64_t k = 0; k < count; k++) {
    real *to = y ? y + k * s.stride : buffer;
    for (int64_t i = 0; i < s.width; i++) to[i] = x[k * s.stride + i] - maximum[i];
    vector_map(vector_exp, to, to, s.width);
    for (int64_t i = 0; i < s.width; i++) sum[i] += (double)to[i];
  }
}

#endif
