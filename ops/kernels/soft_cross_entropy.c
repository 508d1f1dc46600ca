// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/soft_cross_entropy.h"
#include "ops/kernels/exponentials.h"

// The rows of an item, and where their classes lie: class c of row i at c * stride + i.
typedef struct rows {
  strip strip;
  int64_t first;
  const real *x, *target;
} rows;

static rows rows_at(const soft_cross_entropy_arguments *a, int64_t item) {
  const int64_t strips = strips_per_outer(a->inner);
  const strip s = strip_at(item, a->classes, a->inner);
  return (rows){s, item / strips * a->inner + item % strips * STRIP, (const real *)a->x + s.start,
                (const real *)a->target + s.start};
}

static inline double weight_of(const soft_cross_entropy_arguments *a, int64_t class) {
  return a->weight ? (double)((const real *)a->weight)[class] : 1;
}

// q of an element.
static inline double share_of(const soft_cross_entropy_arguments *a, real target) {
  return a->keep * (double)target + a->even;
}

// - log p of class c in row i, in two differences, of which the first is exact.
static inline double minus_log(const soft_cross_entropy_arguments *a, const rows *r, int64_t c, int64_t i,
                               const double *log_rest) {
  return log_rest[i] - ((double)r->x[c * r->strip.stride + i] - (double)((const real *)a->maximum)[r->first + i]);
}

static void read_log_rest(const soft_cross_entropy_arguments *a, const rows *r, double *log_rest) {
  for (int64_t i = 0; i < r->strip.width; i++) log_rest[i] = log_sum((double)((const real *)a->rest)[r->first + i]);
}

// ---- Loss -------------------------------------------------------------------------------------------

ALWAYS_INLINE void add_losses(const soft_cross_entropy_arguments *a, const rows *r, const double *log_rest,
                              double *losses) {
  const int64_t stride = r->strip.stride;
  const real *restrict maximum = (const real *)a->maximum + r->first;
  for (int64_t i = 0; i < r->strip.width; i++) losses[i] = 0;
  if (stride == 1) {
    const double largest = (double)maximum[0];
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t c = 0; c < a->classes; c++)
      sum += weight_of(a, c) * share_of(a, r->target[c]) * (log_rest[0] - ((double)r->x[c] - largest));
    losses[0] = sum;
    return;
  }
  for (int64_t c = 0; c < a->classes; c++) {
    const real *restrict x = r->x + c * stride, *restrict target = r->target + c * stride;
    const double weight = weight_of(a, c);
#pragma omp simd
    for (int64_t i = 0; i < r->strip.width; i++)
      losses[i] += weight * share_of(a, target[i]) * (log_rest[i] - ((double)x[i] - (double)maximum[i]));
  }
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const soft_cross_entropy_arguments *a = arguments;
  double rest[STRIP], log_rest[STRIP];
  for (int64_t item = begin; item < end; item++) {
    const rows r = rows_at(a, item);
    real *maximum = (real *)a->maximum + r.first;
    strip_maximum(r.x, r.strip, a->classes, maximum);
    strip_exponentials(r.x, r.strip, a->classes, maximum, NULL, rest);
    for (int64_t i = 0; i < r.strip.width; i++) ((real *)a->rest)[r.first + i] = (real)rest[i];
    for (int64_t i = 0; i < r.strip.width; i++) log_rest[i] = log_sum(rest[i]);
    add_losses(a, &r, log_rest, a->losses + r.first);
  }
}

// ---- d_x --------------------------------------------------------------------------------------------

// The sums over the classes of w q, without that of one class.
static void sum_others(const soft_cross_entropy_arguments *a, const rows *r, const int64_t *without, double *sums) {
  for (int64_t i = 0; i < r->strip.width; i++) sums[i] = 0;
  for (int64_t c = 0; c < a->classes; c++) {
    const real *restrict target = r->target + c * r->strip.stride;
    const double weight = weight_of(a, c);
#pragma omp simd
    for (int64_t i = 0; i < r->strip.width; i++) {
      const double part = weight * share_of(a, target[i]);
      sums[i] += without[i] == c ? 0 : part;
    }
  }
}

// As for classes: with W = w q and e = exp(x - maximum), d_x[c] = g (p[c] sum of W - W[c]), and where x is largest,
// at m, g (W[m] (p[m] - 1) + p[m] sum of the other W), with p[m] - 1 = (e[m] - 1 - rest) / (1 + rest).
static void backward(const void *arguments, int64_t begin, int64_t end) {
  const soft_cross_entropy_arguments *a = arguments;
  double unused[STRIP], others[STRIP], at_largest[STRIP], slope[STRIP], factor[STRIP];
  for (int64_t item = begin; item < end; item++) {
    const rows r = rows_at(a, item);
    const int64_t stride = r.strip.stride;
    int64_t largest[STRIP];
    real *d_x = (real *)a->d_x + r.strip.start;
    const real *rest = (const real *)a->rest + r.first;
    strip_exponentials(r.x, r.strip, a->classes, (const real *)a->maximum + r.first, d_x, unused);
    strip_position(d_x, r.strip, a->classes, largest);
    sum_others(a, &r, largest, others);
    for (int64_t i = 0; i < r.strip.width; i++) {
      const int64_t m = largest[i] * stride + i;
      const double sum = 1 + (double)rest[i], e = (double)d_x[m];
      const double own = weight_of(a, largest[i]) * share_of(a, r.target[m]);
      slope[i] = (double)((const real *)a->d_y)[(r.first + i) * a->d_y_stride] * a->scale;
      factor[i] = (own + others[i]) / sum;
      at_largest[i] = slope[i] * (own * ((e - 1 - (double)rest[i]) / sum) + others[i] * (e / sum));
    }
    for (int64_t c = 0; c < a->classes; c++) {
      const real *restrict target = r.target + c * stride;
      const double weight = weight_of(a, c);
      real *restrict d = d_x + c * stride;
#pragma omp simd
      for (int64_t i = 0; i < r.strip.width; i++)
        d[i] = (real)(slope[i] * ((double)d[i] * factor[i] - weight * share_of(a, target[i])));
    }
    for (int64_t i = 0; i < r.strip.width; i++) d_x[largest[i] * stride + i] = (real)at_largest[i];
  }
}

// ---- d_target, d_weight -------------------------------------------------------------------------------

static void d_target(const void *arguments, int64_t begin, int64_t end) {
  const soft_cross_entropy_arguments *a = arguments;
  double log_rest[STRIP];
  for (int64_t item = begin; item < end; item++) {
    const rows r = rows_at(a, item);
    real *d = (real *)a->d_target + r.strip.start;
    read_log_rest(a, &r, log_rest);
    for (int64_t i = 0; i < r.strip.width; i++) {
      const double g = (double)((const real *)a->d_y)[(r.first + i) * a->d_y_stride] * a->scale * a->keep;
      for (int64_t c = 0; c < a->classes; c++)
        d[c * r.strip.stride + i] = (real)(g * (weight_of(a, c) * minus_log(a, &r, c, i, log_rest)));
    }
  }
}

static void add_class_losses(const soft_cross_entropy_arguments *a, const rows *r, double *sums) {
  double log_rest[STRIP];
  read_log_rest(a, r, log_rest);
  for (int64_t i = 0; i < r->strip.width; i++) {
    const double g = (double)((const real *)a->d_y)[(r->first + i) * a->d_y_stride] * a->scale;
    for (int64_t c = 0; c < a->classes; c++)
      sums[c] += g * (share_of(a, r->target[c * r->strip.stride + i]) * minus_log(a, r, c, i, log_rest));
  }
}

static void class_losses(const void *arguments, int64_t begin, int64_t end) {
  const soft_cross_entropy_arguments *a = arguments;
  const int64_t items = a->outer * strips_per_outer(a->inner);
  for (int64_t share = begin; share < end; share++) {
    const int64_t last = (share + 1) * items / CROSS_ENTROPY_SHARES;
    double *sums = a->class_losses + share * a->classes;
    for (int64_t c = 0; c < a->classes; c++) sums[c] = 0;
    for (int64_t item = share * items / CROSS_ENTROPY_SHARES; item < last; item++) {
      const rows r = rows_at(a, item);
      add_class_losses(a, &r, sums);
    }
  }
}

extern const soft_cross_entropy_kernels VARIANT(soft_cross_entropy);
const soft_cross_entropy_kernels VARIANT(soft_cross_entropy) = {
    .forward = forward, .backward = backward, .d_target = d_target, .class_losses = class_losses};
