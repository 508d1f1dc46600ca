// SPDX-License-Identifier: GPL-3.0-or-later
//
// Maximum and sum of exponentials along an axis of data laid out as (outer, count, inner). With inner = 1 the axis
// is a row; otherwise a strip of up to STRIP neighbouring columns goes together. Exponents are shifted by the
// maximum, so that none overflows and the largest is 1. The sum is handed out less that 1: where the others are
// tiny, they are all that the loss of the largest one is made of. A NaN makes the sum NaN.
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

// A sum in two parts: terms that are 1, counted, and the others.
typedef struct exponential_sum {
  double ones, others;
} exponential_sum;

typedef struct exponential_lanes {
  vreal ones, others;
} exponential_lanes;

ALWAYS_INLINE exponential_lanes exponential_add(exponential_lanes sum, vreal e) {
  const vmask one = (vmask)(e == 1);
  const vreal zero = vector_splat(0);
  return (exponential_lanes){sum.ones + vector_select(one, e, zero), sum.others + vector_select(one, zero, e)};
}

// y[i] = exp(x[i] - maximum); returns the sum. count <= EXPONENTIALS_RUN.
static inline exponential_sum exponentials_run(const real *x, real maximum, real *y, int64_t count) {
  exponential_lanes sum = {vector_splat(0), vector_splat(0)};
  int64_t i = 0;
  for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) {
    vreal e = vector_exp(vector_load(x + i) - maximum);
    vector_store(y + i, e);
    sum = exponential_add(sum, e);
  }
  if (i < count) {
    vreal e = vector_exp(vector_load_part(x + i, count - i, (real)-INFINITY) - maximum);
    vector_store_part(y + i, e, count - i);
    sum = exponential_add(sum, vector_load_part(y + i, count - i, 0));
  }
  return (exponential_sum){vector_sum(sum.ones), vector_sum(sum.others)};
}

// rest[i] = the sum over the axis of exp(x - maximum[i]), less 1; y, of the layout of x, receives the terms where
// not NULL.
static inline void strip_exponentials(const real *x, strip s, int64_t count, const real *maximum, real *y,
                                      double *restrict rest) {
  real buffer[EXPONENTIALS_RUN];
  if (s.stride == 1) {
    exponential_sum whole = {0, 0};
    for (int64_t k = 0; k < count; k += EXPONENTIALS_RUN) {
      int64_t run = count - k < EXPONENTIALS_RUN ? count - k : EXPONENTIALS_RUN;
      exponential_sum sum = exponentials_run(x + k, maximum[0], y ? y + k : buffer, run);
      whole.ones += sum.ones;
      whole.others += sum.others;
    }
    rest[0] = whole.others + (whole.ones - 1);
    return;
  }
  double ones[STRIP] = {0};
  for (int64_t i = 0; i < s.width; i++) rest[i] = 0;
  for (int64_t k = 0; k < count; k++) {
    real *to = y ? y + k * s.stride : buffer;
    for (int64_t i = 0; i < s.width; i++) to[i] = x[k * s.stride + i] - maximum[i];
    vector_map(vector_exp, to, to, s.width);
    for (int64_t i = 0; i < s.width; i++) {
      rest[i] += to[i] == 1 ? 0 : (double)to[i];
      ones[i] += to[i] == 1;
    }
  }
  for (int64_t i = 0; i < s.width; i++) rest[i] += ones[i] - 1;
}

// log(1 + rest): the faster of the two logarithms where that is as good.
static inline double log_sum(double rest) { return rest < 0.5 ? log1p(rest) : log(1 + rest); }

// Where a row has its largest element, the first of them; 0 where there is none to compare.
static inline int64_t row_position(const real *x, int64_t count) {
  real largest = (real)-INFINITY;
#pragma omp simd reduction(max : largest)
  for (int64_t k = 0; k < count; k++) largest = x[k] > largest ? x[k] : largest;
  int64_t k = 0;
  while (k < count && x[k] != largest) k++;
  return k < count ? k : 0;
}

// The same for the columns of a strip.
static inline void strip_position(const real *x, strip s, int64_t count, int64_t *restrict position) {
  if (s.stride == 1) {
    position[0] = row_position(x, count);
    return;
  }
  real maximum[STRIP];
  strip_maximum(x, s, count, maximum);
  for (int64_t i = 0; i < s.width; i++) position[i] = 0;
  for (int64_t k = count - 1; k >= 0; k--)
    for (int64_t i = 0; i < s.width; i++) position[i] = x[k * s.stride + i] == maximum[i] ? k : position[i];
}

#endif
