// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/softmax.h"
#include "ops/kernels/exponentials.h"

_Static_assert((int)SOFTMAX_STRIP == (int)STRIP, "an item is a strip");

// ---- Forward ----------------------------------------------------------------------------------------

// y = exp(x - max) / sum
static void softmax(const void *arguments, int64_t begin, int64_t end) {
  const softmax_arguments *a = arguments;
  real maximum[STRIP];
  double rest[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *x = (const real *)a->x + s.start;
    real *restrict y = (real *)a->y + s.start;
    strip_maximum(x, s, a->count, maximum);
    strip_exponentials(x, s, a->count, maximum, y, rest);
    if (s.stride == 1) {
      real divisor = (real)(1 + rest[0]);
      for (int64_t k = 0; k < a->count; k++) y[k] /= divisor;
      continue;
    }
    for (int64_t i = 0; i < s.width; i++) maximum[i] = (real)(1 + rest[i]);
    for (int64_t k = 0; k < a->count; k++)
      for (int64_t i = 0; i < s.width; i++) y[k * s.stride + i] /= maximum[i];
  }
}

// y = (x - max) - log(sum): of the largest x, log(1 + rest) alone
static void log_softmax(const void *arguments, int64_t begin, int64_t end) {
  const softmax_arguments *a = arguments;
  real maximum[STRIP], logarithm[STRIP];
  double rest[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *restrict x = (const real *)a->x + s.start;
    real *restrict y = (real *)a->y + s.start;
    strip_maximum(x, s, a->count, maximum);
    strip_exponentials(x, s, a->count, maximum, NULL, rest);
    for (int64_t i = 0; i < s.width; i++) logarithm[i] = (real)log_sum(rest[i]);
    if (s.stride == 1) {
      for (int64_t k = 0; k < a->count; k++) y[k] = (x[k] - maximum[0]) - logarithm[0];
      continue;
    }
    for (int64_t k = 0; k < a->count; k++)
      for (int64_t i = 0; i < s.width; i++) y[k * s.stride + i] = (x[k * s.stride + i] - maximum[i]) - logarithm[i];
  }
}

// ---- Backward ---------------------------------------------------------------------------------------

// dx = y (g - sum of g y). Both change by the same number when one is added to g: here it is -g at the largest y,
// m. Then where y is 1 with the rest rounded away, dx[m] = -y[m] sum of (g - g[m]) y is what the rest gives,
// instead of the difference of two equal numbers.
static void d_softmax_row(const real *y, const real *g, real *restrict d_x, int64_t count) {
  const real shift = g[row_position(y, count)];
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t k = 0; k < count; k++) sum += (double)(g[k] - shift) * (double)y[k];
  const real mean = (real)sum;
#pragma omp simd
  for (int64_t k = 0; k < count; k++) d_x[k] = y[k] * ((g[k] - shift) - mean);
}

static void d_softmax_strip(const real *y, const real *g, real *restrict d_x, strip s, int64_t count) {
  int64_t largest[STRIP];
  real shift[STRIP];
  double sum[STRIP];
  strip_position(y, s, count, largest);
  for (int64_t i = 0; i < s.width; i++) {
    shift[i] = g[largest[i] * s.stride + i];
    sum[i] = 0;
  }
  for (int64_t k = 0; k < count; k++)
    for (int64_t i = 0; i < s.width; i++) {
      int64_t at = k * s.stride + i;
      sum[i] += (double)(g[at] - shift[i]) * (double)y[at];
    }
  for (int64_t k = 0; k < count; k++)
    for (int64_t i = 0; i < s.width; i++) {
      int64_t at = k * s.stride + i;
      d_x[at] = y[at] * ((g[at] - shift[i]) - (real)sum[i]);
    }
}

// dx = g - p sum of g, p = exp(y). At the largest y, m, that is g[m] (sum of the other p) - p[m] (sum of the other
// g): as g - p g it would be lost where p is 1 with the others rounded away.
static void d_log_softmax_row(const real *y, const real *g, real *restrict d_x, int64_t count) {
  const int64_t m = row_position(y, count);
  vector_map(vector_exp, y, d_x, count);
  const real p_m = d_x[m], g_m = g[m];
  double sum_g = 0, sum_p = 0; // of the others
#pragma omp simd reduction(+ : sum_g, sum_p)
  for (int64_t k = 0; k < count; k++) {
    sum_g += k == m ? 0 : (double)g[k];
    sum_p += k == m ? 0 : (double)d_x[k];
  }
  const real others = (real)sum_g;
#pragma omp simd
  for (int64_t k = 0; k < count; k++) d_x[k] = (g[k] - d_x[k] * others) - d_x[k] * g_m;
  d_x[m] = g_m * (real)sum_p - p_m * others;
}

static void d_log_softmax_strip(const real *y, const real *g, real *restrict d_x, strip s, int64_t count) {
  int64_t largest[STRIP];
  real g_m[STRIP], others[STRIP], result[STRIP];
  double sum_g[STRIP], sum_p[STRIP];
  strip_position(y, s, count, largest);
  for (int64_t i = 0; i < s.width; i++) sum_g[i] = sum_p[i] = 0;
  for (int64_t k = 0; k < count; k++) {
    vector_map(vector_exp, y + k * s.stride, d_x + k * s.stride, s.width);
    for (int64_t i = 0; i < s.width; i++) {
      int64_t at = k * s.stride + i;
      sum_g[i] += k == largest[i] ? 0 : (double)g[at];
      sum_p[i] += k == largest[i] ? 0 : (double)d_x[at];
    }
  }
  for (int64_t i = 0; i < s.width; i++) {
    int64_t at = largest[i] * s.stride + i;
    g_m[i] = g[at];
    others[i] = (real)sum_g[i];
    result[i] = g_m[i] * (real)sum_p[i] - d_x[at] * others[i];
  }
  for (int64_t k = 0; k < count; k++)
    for (int64_t i = 0; i < s.width; i++) {
      int64_t at = k * s.stride + i;
      d_x[at] = (g[at] - d_x[at] * others[i]) - d_x[at] * g_m[i];
    }
  for (int64_t i = 0; i < s.width; i++) d_x[largest[i] * s.stride + i] = result[i];
}

typedef void row_derivative(const real *y, const real *g, real *restrict d_x, int64_t count);
typedef void strip_derivative(const real *y, const real *g, real *restrict d_x, strip s, int64_t count);

ALWAYS_INLINE void derivative(row_derivative *of_row, strip_derivative *of_strip, const softmax_arguments *a,
                              int64_t begin, int64_t end) {
  for (int64_t item = begin; item < end && a->count > 0; item++) {
    strip s = strip_at(item, a->count, a->inner);
    const real *y = (const real *)a->y + s.start, *g = (const real *)a->d_y + s.start;
    real *d_x = (real *)a->d_x + s.start;
    if (s.stride == 1)
      of_row(y, g, d_x, a->count);
    else
      of_strip(y, g, d_x, s, a->count);
  }
}

static void d_softmax(const void *arguments, int64_t begin, int64_t end) {
  derivative(d_softmax_row, d_softmax_strip, arguments, begin, end);
}
static void d_log_softmax(const void *arguments, int64_t begin, int64_t end) {
  derivative(d_log_softmax_row, d_log_softmax_strip, arguments, begin, end);
}

extern const softmax_kernels VARIANT(softmax);
const softmax_kernels VARIANT(softmax) = {.forward = {softmax, log_softmax},
                                          .backward = {d_softmax, d_log_softmax}};
