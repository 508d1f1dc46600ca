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

// factor weight[class] in the weights' unit; a share of 0 is 0, of an infinite weight too.
static double weighted(const cross_entropy_arguments *a, double factor, int64_t class) {
  return factor == 0 || !a->weight ? factor : factor * ((double)((const real *)a->weight)[class] * a->unit);
}

static double even_share(const cross_entropy_arguments *a) { return a->smoothing / (double)a->classes; }

// What the even shares of weight[c] q[c] sum to, without that of one class (-1: of all).
static double even_total(const cross_entropy_arguments *a, int64_t without) {
  double sum = 0;
  for (int64_t c = 0; c < a->classes && a->smoothing != 0; c++)
    if (c != without) sum += weighted(a, even_share(a), c);
  return sum;
}

// loss = - sum over c of weight[c] q[c] log p[c], with log p = (x - maximum) - log(sum)
static double row_loss(const cross_entropy_arguments *a, const real *x, int64_t stride, int64_t class,
                       double maximum, double log_total) {
  if (class < 0) return 0;
  double loss = weighted(a, 1 - a->smoothing, class) * (log_total - ((double)x[class * stride] - maximum));
  if (a->smoothing == 0) return loss;
  double even = 0;
  for (int64_t c = 0; c < a->classes; c++)
    even += weighted(a, 1, c) * (log_total - ((double)x[c * stride] - maximum));
  return loss + even * even_share(a);
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  double rest[STRIP];
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->classes, a->inner);
    int64_t row = first_row(a, item);
    const real *x = (const real *)a->x + s.start;
    real *maximum = (real *)a->maximum + row;
    strip_maximum(x, s, a->classes, maximum);
    strip_exponentials(x, s, a->classes, maximum, NULL, rest);
    for (int64_t i = 0; i < s.width; i++) {
      ((real *)a->rest)[row + i] = (real)rest[i];
      a->losses[row + i] = row_loss(a, x + i, s.stride, class_of(a, row + i), (double)maximum[i], log_sum(rest[i]));
    }
  }
}

// weight[c] q[c] scale / total in a row of target `target`.
static double weight_in(const cross_entropy_arguments *a, int64_t class, int64_t target) {
  double weight = a->smoothing == 0 ? 0 : weighted(a, even_share(a), class);
  if (class == target) weight += weighted(a, 1 - a->smoothing, class);
  return weight / a->total * a->scale;
}

// d_x[c] = slope (d_x[c] factor - share[c]) over the strip, where d_x holds the exponentials.
static void scale_exponentials(const cross_entropy_arguments *a, strip s, const real *slope, const real *factor,
                               real *d_x) {
  if (a->smoothing == 0 && s.stride == 1) {
    const real slope_0 = slope[0], factor_0 = factor[0];
    for (int64_t c = 0; c < a->classes; c++) d_x[c] = slope_0 * (d_x[c] * factor_0);
    return;
  }
  for (int64_t c = 0; c < a->classes; c++) {
    real share = (real)weight_in(a, c, -1);
    for (int64_t i = 0; i < s.width; i++)
      d_x[c * s.stride + i] = slope[i] * (d_x[c * s.stride + i] * factor[i] - share);
  }
}

// With W[c] = weight[c] q[c] scale / total and e = exp(x - maximum),
//
//   dx[c] = g (p[c] sum of W - W[c]),   p = e / (1 + rest)
//
// and where x is largest, at m, in the form g (W[m] (p[m] - 1) + p[m] sum of the other W), with
// p[m] - 1 = (e[m] - 1 - rest) / (1 + rest), which is not lost where p[m] has been rounded to 1. Without smoothing
// only the target has a W, so that it may take the place of m.
static void backward(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  double unused[STRIP];
  const double even = even_total(a, -1);
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->classes, a->inner);
    int64_t row = first_row(a, item), largest[STRIP];
    const real *rest = (const real *)a->rest + row;
    real *d_x = (real *)a->d_x + s.start, slope[STRIP], factor[STRIP], at_target[STRIP], at_largest[STRIP];
    strip_exponentials((const real *)a->x + s.start, s, a->classes, (const real *)a->maximum + row, d_x, unused);
    if (a->smoothing != 0) strip_position(d_x, s, a->classes, largest);
    for (int64_t i = 0; i < s.width; i++) {
      int64_t target = class_of(a, row + i);
      slope[i] = factor[i] = at_target[i] = at_largest[i] = 0;
      if (target < 0) continue;
      int64_t m = a->smoothing == 0 ? target : largest[i];
      double sharp = weighted(a, 1 - a->smoothing, target);
      real others = (real)((even_total(a, m) + (m == target ? 0 : sharp)) / a->total * a->scale);
      real e = d_x[m * s.stride + i], sum = 1 + rest[i];
      slope[i] = ((const real *)a->d_y)[(row + i) * a->d_y_stride];
      factor[i] = (real)((sharp + even) / a->total * a->scale) / sum;
      largest[i] = m;
      at_target[i] = slope[i] * (d_x[target * s.stride + i] * factor[i] - (real)weight_in(a, target, target));
      at_largest[i] = slope[i] * ((real)weight_in(a, m, target) * (((e - 1) - rest[i]) / sum) + others * (e / sum));
    }
    scale_exponentials(a, s, slope, factor, d_x);
    // A row that is ignored has no gradient, whatever it, its weight or its cotangent holds.
    for (int64_t i = 0; i < s.width; i++) {
      int64_t target = class_of(a, row + i);
      for (int64_t c = 0; c < a->classes && target < 0; c++) d_x[c * s.stride + i] = 0;
      if (target < 0) continue;
      d_x[target * s.stride + i] = at_target[i];
      d_x[largest[i] * s.stride + i] = at_largest[i];
    }
  }
}

static void targets(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  for (int64_t item = begin; item < end; item++) {
    strip s = strip_at(item, a->classes, a->inner);
    int64_t row = first_row(a, item);
    real *q = (real *)a->q + s.start;
    for (int64_t i = 0; i < s.width; i++) {
      int64_t class = class_of(a, row + i);
      for (int64_t c = 0; c < a->classes; c++) q[c * s.stride + i] = class < 0 ? 0 : (real)even_share(a);
      if (class >= 0) q[class * s.stride + i] = (real)(1 - a->smoothing + even_share(a));
    }
  }
}

// Adds d_y scale q[c] (-log p[c]) of one row to the classes' sums.
static void add_class_losses(const cross_entropy_arguments *a, const real *x, int64_t stride, int64_t class,
                             int64_t row, double *sums) {
  if (class < 0) return;
  const double maximum = (double)((const real *)a->maximum)[row], share = even_share(a);
  const double log_total = log_sum((double)((const real *)a->rest)[row]);
  const double g = a->d_y_stride ? (double)((const real *)a->d_y)[row] : a->scale;
  if (a->smoothing < 1) sums[class] += g * (1 - a->smoothing) * (log_total - ((double)x[class * stride] - maximum));
  for (int64_t c = 0; c < a->classes && share != 0; c++)
    sums[c] += g * share * (log_total - ((double)x[c * stride] - maximum));
}

static void class_losses(const void *arguments, int64_t begin, int64_t end) {
  const cross_entropy_arguments *a = arguments;
  const int64_t items = a->outer * strips_per_outer(a->inner);
  for (int64_t share = begin; share < end; share++) {
    double *sums = a->class_losses + share * a->classes;
    for (int64_t c = 0; c < a->classes; c++) sums[c] = 0;
    for (int64_t item = share * items / CROSS_ENTROPY_SHARES; item < (share + 1) * items / CROSS_ENTROPY_SHARES;
         item++) {
      strip s = strip_at(item, a->classes, a->inner);
      int64_t row = first_row(a, item);
      const real *x = (const real *)a->x + s.start;
      for (int64_t i = 0; i < s.width; i++)
        add_class_losses(a, x + i, s.stride, class_of(a, row + i), row + i, sums);
    }
  }
}

extern const cross_entropy_kernels VARIANT(cross_entropy);
const cross_entropy_kernels VARIANT(cross_entropy) = {
    .forward = forward, .backward = backward, .targets = targets, .class_losses = class_losses};
