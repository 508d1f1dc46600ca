// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/cross_entropy.h"
#include "ops/kernels/exponentials.h"

_Static_assert((int)CROSS_ENTROPY_STRIP == (int)STRIP, "an item is a strip");

static int64_t first_row(const cross_entropy_arguments *a, int64_t item) {
  int64_t strips = strips_per_outer(a->inner);
  return item / strips * a->inner + item % strips * STRIP;
}

// The class of a row, counted from 0; -1: ignored.
static int64_t class_of(const cross_entropy_arguments *a, int64_t row) {
  return a->target[row] == a->ignore_index ? -1 : a->target[row] - a->index_base;
}

static double weight_of(const cross_entropy_arguments *a, int64_t class) {
  return a->weight ? (double)((const real *)a->weight)[class] : 1;
}

// What weight[c] q[c] sums to in a row of the given class, whose even share sums to `even`.
static double total_of(const cross_entropy_arguments *a, int64_t class, double even) {
  return class < 0 ? 0 : (1 - a->smoothing) * weight_of(a, class) + even;
}

static double even_total(const cross_entropy_arguments *a) {
  if (a->smoothing == 0) return 0;
  double sum = 0;
  for (int64_t c = 0; c < a->classes; c++) sum += weight_of(a, c);
  return sum * a->smoothing / (double)a->classes;
}

// loss = - sum over c of weight[c] q[c] log p[c], with log p = (x - maximum) - log(sum)
static double row_loss(const cross_entropy_arguments *a, const real *x, int64_t stride, int64_t class,
                       double maximum, double log_sum) {
  if (class < 0) return 0;
  double loss = (1 - a->smoothing) * weight_of(a, class) * (log_sum - ((double)x[class * stride] - maximum));
  if (a->smoothing == 0) return loss;
  double even = 0;
  for (int64_t c = 0; c < a->classes; c++) even += weight_of(a, c) * (log_sum - ((double)x[c * stride] - maximum));
  return loss + even * a->smoothing / (double)a->classes;
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  double sum[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->classes, a->inner);
    int64_t row = first_row(a, item);
    const real *x = (const real *)a->x + s.start;
    real *maximum = (real *)a->maximum + row;
    strip_maximum(x, s, a->classes, maximum);
    strip_exponentials(x, s, a->classes, maximum, NULL, sum);
    for (int64_t i = 0; i < s.width; i++) {
      ((real *)a->sum)[row + i] = (real)sum[i];
      a->losses[row + i] = row_loss(a, x + i, s.stride, class_of(a, row + i), (double)maximum[i], log(sum[i]));
    }
  }
}

// dx[c] = g scale (p[c] total - weight[c] q[c])
static void backward(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  double even = even_total(a), unused[STRIP];
  real share = (real)(a->smoothing / (double)a->classes);
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->classes, a->inner);
    int64_t row = first_row(a, item);
    real *d_x = (real *)a->d_x + s.start, slope[STRIP], factor[STRIP];
    strip_exponentials((const real *)a->x + s.start, s, a->classes, (const real *)a->maximum + row, d_x, unused);
    for (int64_t i = 0; i < s.width; i++) {
      int64_t class = class_of(a, row + i);
      slope[i] = class < 0 ? 0 : (real)a->scale * ((const real *)a->d_y)[(row + i) * a->d_y_stride];
      factor[i] = slope[i] * (real)total_of(a, class, even) / ((const real *)a->sum)[row + i];
      // A row that is ignored has no gradient, whatever it holds.
      if (class < 0)
        for (int64_t c = 0; c < a->classes; c++) d_x[c * s.stride + i] = 0, factor[i] = 0;
    }
    for (int64_t c = 0; c < a->classes; c++) {
      real even_share = share * (real)weight_of(a, c);
      for (int64_t i = 0; i < s.width; i++)
        d_x[c * s.stride + i] = d_x[c * s.stride + i] * factor[i] - slope[i] * even_share;
    }
    for (int64_t i = 0; i < s.width; i++) {
      int64_t class = class_of(a, row + i);
      if (class >= 0) d_x[class * s.stride + i] -= slope[i] * (real)((1 - a->smoothing) * weight_of(a, class));
    }
  }
}

static void targets(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  double even = even_total(a), share = a->smoothing / (double)a->classes;
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->classes, a->inner);
    int64_t row = first_row(a, item);
    real *q = (real *)a->q + s.start;
    for (int64_t i = 0; i < s.width; i++) {
      int64_t class = class_of(a, row + i);
      double scale = class < 0 ? 0 : a->scale;
      for (int64_t c = 0; c < a->classes; c++)
        q[c * s.stride + i] = class < 0 ? 0 : (real)(scale * share * weight_of(a, c));
      if (class >= 0) q[class * s.stride + i] += (real)(scale * (1 - a->smoothing) * weight_of(a, class));
      ((real *)a->total)[row + i] = class < 0 ? 0 : (real)(scale * total_of(a, class, even));
    }
  }
}

extern const cross_entropy_kernels VARIANT(cross_entropy);
const cross_entropy_kernels VARIANT(cross_entropy) = {.forward = forward, .backward = backward, .targets = targets};
