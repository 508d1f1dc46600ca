// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/margin_rows.h"
#include "ops/kernels/real.h"

#include <string.h>

enum { LANES = 8 };

// ---- The hinge max(0, h) ------------------------------------------------------------------------------

// NaN stays NaN.
ALWAYS_INLINE double hinge(double h, bool squared) {
  const double over = h <= 0 ? 0 : h;
  return squared ? over * over : over;
}
// Its derivative; that of the plain hinge is a step, 0 for NaN.
ALWAYS_INLINE double hinge_slope(double h, bool squared) {
  if (squared) return h <= 0 ? 0 : 2 * h;
  return h > 0 ? 1 : 0;
}

ALWAYS_INLINE double sum_of_range(const real *x, int64_t count, double lead, double margin, bool squared) {
  double lanes[LANES] = {0}, sum = 0;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES)
    for (int k = 0; k < LANES; k++) lanes[k] += hinge(((double)x[i + k] - lead) + margin, squared);
  for (int k = 0; k < LANES; k++) sum += lanes[k];
  for (; i < count; i++) sum += hinge(((double)x[i] - lead) + margin, squared);
  return sum;
}

// What a slope of 1 is multiplied by, one after the other: the product alone may leave the range.
typedef struct factors {
  double share, d_y, weight, factor;
} factors;

ALWAYS_INLINE double times(double share, const factors *f) { return share * f->d_y * f->weight * f->factor; }

// d[i], and the sum of the slopes times the share.
ALWAYS_INLINE double slopes_of_range(const real *x, int64_t count, double lead, double margin, const factors *f,
                                     bool squared, real *d) {
  double lanes[LANES] = {0}, sum = 0;
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    for (int k = 0; k < LANES; k++) {
      const double slope = hinge_slope(((double)x[i + k] - lead) + margin, squared) * f->share;
      lanes[k] += slope;
      d[i + k] = (real)times(slope, f);
    }
  }
  for (int k = 0; k < LANES; k++) sum += lanes[k];
  for (; i < count; i++) {
    const double slope = hinge_slope(((double)x[i] - lead) + margin, squared) * f->share;
    sum += slope;
    d[i] = (real)times(slope, f);
  }
  return sum;
}

// ---- One class of each row ------------------------------------------------------------------------------

ALWAYS_INLINE double weight_of(const margin_rows_arguments *a, int64_t class) {
  return a->weight ? (double)((const real *)a->weight)[class] : 1;
}

ALWAYS_INLINE void losses_of_rows(const margin_rows_arguments *a, int64_t begin, int64_t end, bool squared) {
  for (int64_t row = begin; row < end; row++) {
    const real *x = (const real *)a->x + row * a->classes;
    const int64_t t = a->target[row] - a->index_base;
    const double lead = (double)x[t];
    const double sum = sum_of_range(x, t, lead, a->margin, squared) +
                       sum_of_range(x + t + 1, a->classes - t - 1, lead, a->margin, squared);
    a->losses[row] = sum * weight_of(a, t) / (double)a->classes;
  }
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const margin_rows_arguments *a = arguments;
  if (a->squared)
    losses_of_rows(a, begin, end, true);
  else
    losses_of_rows(a, begin, end, false);
}

ALWAYS_INLINE double cotangent_of(const margin_rows_arguments *a, int64_t row) {
  return a->d_y ? (double)((const real *)a->d_y)[row * a->d_y_stride] : 1;
}

ALWAYS_INLINE void slopes_of_rows(const margin_rows_arguments *a, int64_t begin, int64_t end, bool squared) {
  for (int64_t row = begin; row < end; row++) {
    const real *x = (const real *)a->x + row * a->classes;
    real *d_x = (real *)a->d_x + row * a->classes;
    const int64_t t = a->target[row] - a->index_base, rest = a->classes - t - 1;
    const double lead = (double)x[t], margin = a->margin;
    const factors f = {1 / (double)a->classes, cotangent_of(a, row), weight_of(a, t), a->factor};
    const double sum = slopes_of_range(x, t, lead, margin, &f, squared, d_x) +
                       slopes_of_range(x + t + 1, rest, lead, margin, &f, squared, d_x + t + 1);
    d_x[t] = (real)times(-sum, &f);
  }
}

static void backward(const void *arguments, int64_t begin, int64_t end) {
  const margin_rows_arguments *a = arguments;
  if (a->squared)
    slopes_of_rows(a, begin, end, true);
  else
    slopes_of_rows(a, begin, end, false);
}

// ---- A list of classes of each row ----------------------------------------------------------------------

static bool is_class(const margin_rows_arguments *a, int64_t target) {
  return target >= a->index_base && target - a->index_base < a->classes;
}

// Marks the classes of a row; returns how many numbers its list has.
static int64_t mark(const margin_rows_arguments *a, int64_t row, unsigned char *is_listed) {
  const int64_t *target = a->target + row * a->classes;
  int64_t count = 0;
  memset(is_listed, 0, (size_t)a->classes);
  for (; count < a->classes && is_class(a, target[count]); count++) is_listed[target[count] - a->index_base] = 1;
  return count;
}

static void forward_of_lists(const void *arguments, int64_t begin, int64_t end) {
  const margin_rows_arguments *a = arguments;
  for (int64_t row = begin; row < end; row++) {
    const real *x = (const real *)a->x + row * a->classes;
    unsigned char *is_listed = a->is_listed + row * a->classes;
    const int64_t count = mark(a, row, is_listed);
    double sum = 0;
    for (int64_t k = 0; k < count; k++) {
      const double lead = (double)x[a->target[row * a->classes + k] - a->index_base], margin = a->margin;
      for (int64_t c = 0; c < a->classes; c++)
        sum += is_listed[c] ? 0 : hinge(((double)x[c] - lead) + margin, false);
    }
    a->losses[row] = sum / (double)a->classes;
  }
}

// d_x counts first, exactly: the slopes are 1.
static void backward_of_lists(const void *arguments, int64_t begin, int64_t end) {
  const margin_rows_arguments *a = arguments;
  for (int64_t row = begin; row < end; row++) {
    const real *x = (const real *)a->x + row * a->classes;
    real *d_x = (real *)a->d_x + row * a->classes;
    unsigned char *is_listed = a->is_listed + row * a->classes;
    const int64_t count = mark(a, row, is_listed);
    const factors f = {1 / (double)a->classes, cotangent_of(a, row), 1, a->factor};
    memset(d_x, 0, (size_t)a->classes * sizeof *d_x);
    for (int64_t k = 0; k < count; k++) {
      const int64_t t = a->target[row * a->classes + k] - a->index_base;
      const double lead = (double)x[t], margin = a->margin;
      int64_t over = 0;
      for (int64_t c = 0; c < a->classes; c++) {
        const bool counts = !is_listed[c] && ((double)x[c] - lead) + margin > 0;
        d_x[c] += (real)counts;
        over += counts;
      }
      d_x[t] -= (real)over;
    }
    for (int64_t c = 0; c < a->classes; c++) d_x[c] = (real)times((double)d_x[c] * f.share, &f);
  }
}

extern const margin_rows_kernels VARIANT(margin_rows);
const margin_rows_kernels VARIANT(margin_rows) = {
    .forward = forward,
    .backward = backward,
    .forward_of_lists = forward_of_lists,
    .backward_of_lists = backward_of_lists,
};
