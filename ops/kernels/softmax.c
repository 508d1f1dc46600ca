// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/softmax.h"
#include "ops/kernels/exponentials.h"

_Static_assert((int)SOFTMAX_STRIP == (int)STRIP, "an item is a strip");

// ---- Forward ----------------------------------------------------------------------------------------

// y = exp(x - max) / sum
static void softmax(const void *arguments, int64_t begin, int64_t end) {
  const softmax_arguments *a = arguments;
  real maximum[STRIP];
  double sum[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *x = (const real *)a->x + s.start;
    real *restrict y = (real *)a->y + s.start;
    strip_maximum(x, s, a->count, maximum);
    strip_exponentials(x, s, a->count, maximum, y, sum);
    if (s.stride == 1) {
      real divisor = (real)sum[0];
      for (int64_t k = 0; k < a->count; k++) y[k] /= divisor;
      continue;
    }
    for (int64_t i = 0; i < s.width; i++) maximum[i] = (real)sum[i];
    for (int64_t k = 0; k < a->count; k++)
      for (int64_t i = 0; i < s.width; i++) y[k * s.stride + i] /= maximum[i];
  }
}

// y = (x - max) - log(sum)
static void log_softmax(const void *arguments, int64_t begin, int64_t end) {
  const softmax_arguments *a = arguments;
  real maximum[STRIP], logarithm[STRIP];
  double sum[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *restrict x = (const real *)a->x + s.start;
    real *restrict y = (real *)a->y + s.start;
    strip_maximum(x, s, a->count, maximum);
    strip_exponentials(x, s, a->count, maximum, NULL, sum);
    for (int64_t i = 0; i < s.width; i++) logarithm[i] = (real)log(sum[i]);
    if (s.stride == 1) {
      for (int64_t k = 0; k < a->count; k++) y[k] = (x[k] - maximum[0]) - logarithm[0];
      continue;
    }
    for (int64_t k = 0; k < a->count; k++)
      for (int64_t i = 0; i < s.width; i++) y[k * s.stride + i] = (x[k * s.stride + i] - maximum[i]) - logarithm[i];
  }
}

// ---- Backward ---------------------------------------------------------------------------------------

// sum[i] = sum over the axis of g, or of g y where y is given.
static void strip_sum(const real *g, const real *y, strip s, int64_t count, double *sum) {
  for (int64_t i = 0; i < s.width; i++) sum[i] = 0;
  for (int64_t k = 0; k < count; k++)
    for (int64_t i = 0; i < s.width; i++) {
      int64_t at = k * s.stride + i;
      sum[i] += y ? (double)g[at] * (double)y[at] : (double)g[at];
    }
}

// dx = y (g - sum of g y)
static void d_softmax(const void *arguments, int64_t begin, int64_t end) {
  const softmax_arguments *a = arguments;
  double sum[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *y = (const real *)a->y + s.start, *g = (const real *)a->d_y + s.start;
    real *restrict d_x = (real *)a->d_x + s.start;
    strip_sum(g, y, s, a->count, sum);
    for (int64_t k = 0; k < a->count; k++)
      for (int64_t i = 0; i < s.width; i++) {
        int64_t at = k * s.stride + i;
        d_x[at] = y[at] * (g[at] - (real)sum[i]);
      }
  }
}

// dx = g - exp(y) sum of g
static void d_log_softmax(const void *arguments, int64_t begin, int64_t end) {
  const softmax_arguments *a = arguments;
  double sum[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *y = (const real *)a->y + s.start, *g = (const real *)a->d_y + s.start;
    real *restrict d_x = (real *)a->d_x + s.start;
    strip_sum(g, NULL, s, a->count, sum);
    if (s.stride == 1) vector_map(vector_exp, y, d_x, a->count);
    for (int64_t k = 0; k < a->count; k++) {
      if (s.stride != 1) vector_map(vector_exp, y + k * s.stride, d_x + k * s.stride, s.width);
      for (int64_t i = 0; i < s.width; i++) {
        int64_t at = k * s.stride + i;
        d_x[at] = g[at] - d_x[at] * (real)sum[i];
      }
    }
  }
}

extern const softmax_kernels VARIANT(softmax);
const softmax_kernels VARIANT(softmax) = {
    .softmax = softmax, .d_softmax = d_softmax, .log_softmax = log_softmax, .d_log_softmax = d_log_softmax};
