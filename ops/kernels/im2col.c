// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/im2col.h"
#include "ops/kernels/real.h"

#include <stdbool.h>
#include <string.h>

// One row of the matrix: a tap (i, j) of the kernel in one channel, as an offset from oh * stride_h, ow * stride_w.
typedef struct tap {
  int64_t channel, down, right;
} tap;

static tap tap_of(const im2col_arguments *a, int64_t row) {
  int64_t j = row % a->kernel_w, i = row / a->kernel_w % a->kernel_h;
  return (tap){row / a->kernel_w / a->kernel_h, i * a->dilation_h - a->padding_h, j * a->dilation_w - a->padding_w};
}

static int64_t at_least(int64_t value, int64_t bound) { return value < bound ? bound : value; }
static int64_t at_most(int64_t value, int64_t bound) { return value > bound ? bound : value; }

// The output columns whose pixel lies in the image are [*begin, *end): 0 <= ow * stride + right < width.
static void inside(const im2col_arguments *a, int64_t right, int64_t *begin, int64_t *end) {
  int64_t stride = a->stride_w;
  *begin = right >= 0 ? 0 : at_most((-right + stride - 1) / stride, a->out_w);
  *end = right >= a->width ? 0 : at_most((a->width - right + stride - 1) / stride, a->out_w);
  *end = at_least(*end, *begin);
}

// ---- Any geometry: one output row after another -----------------------------------------------------

static void gather_row(const im2col_arguments *a, tap t, const real *restrict plane, real *restrict columns) {
  int64_t begin, end;
  inside(a, t.right, &begin, &end);
  for (int64_t p = a->first; p < a->last;) {
    int64_t oh = p / a->out_w, start = p - oh * a->out_w;
    int64_t stop = at_most(a->out_w, start + a->last - p);
    int64_t ih = oh * a->stride_h + t.down;
    real *restrict to = columns + (p - a->first) - start;
    bool outside = ih < 0 || ih >= a->height;
    int64_t from = outside ? stop : at_most(at_least(begin, start), stop);
    int64_t until = outside ? stop : at_least(at_most(end, stop), from);
    const real *restrict line = plane + (outside ? 0 : ih * a->width + t.right);
    for (int64_t ow = start; ow < from; ow++) to[ow] = 0;
    if (a->stride_w == 1)
      for (int64_t ow = from; ow < until; ow++) to[ow] = line[ow];
    else
      for (int64_t ow = from; ow < until; ow++) to[ow] = line[ow * a->stride_w];
    for (int64_t ow = until; ow < stop; ow++) to[ow] = 0;
    p += stop - start;
  }
}

static void scatter_row(const im2col_arguments *a, tap t, real *restrict plane, const real *restrict columns) {
  int64_t begin, end;
  inside(a, t.right, &begin, &end);
  for (int64_t p = a->first; p < a->last;) {
    int64_t oh = p / a->out_w, start = p - oh * a->out_w;
    int64_t stop = at_most(a->out_w, start + a->last - p);
    int64_t ih = oh * a->stride_h + t.down;
    if (ih >= 0 && ih < a->height) {
      const real *restrict from = columns + (p - a->first) - start;
      real *restrict line = plane + ih * a->width + t.right;
      int64_t low = at_least(begin, start), high = at_most(end, stop);
      if (a->stride_w == 1)
        for (int64_t ow = low; ow < high; ow++) line[ow] += from[ow];
      else
        for (int64_t ow = low; ow < high; ow++) line[ow * a->stride_w] += from[ow];
    }
    p += stop - start;
  }
}

// ---- Stride 1 and an output as wide as the image: position p sees pixel p + shift ---------------------

static bool is_shift(const im2col_arguments *a) {
  return a->stride_h == 1 && a->stride_w == 1 && a->out_w == a->width;
}

// The positions whose output row sees a row of the image, as far as they are wanted.
static void rows_inside(const im2col_arguments *a, tap t, int64_t *low, int64_t *high) {
  *low = at_most(at_least(-t.down * a->width, a->first), a->last);
  *high = at_least(at_most((a->height - t.down) * a->width, a->last), *low);
}

// Clears what a shift carries over from the end of one line to the start of another.
static void clear_sides(const im2col_arguments *a, tap t, int64_t low, int64_t high, real *restrict columns) {
  int64_t begin, end;
  inside(a, t.right, &begin, &end);
  if (begin == 0 && end == a->out_w) return;
  for (int64_t line = low / a->out_w * a->out_w; line < high; line += a->out_w) {
    for (int64_t p = at_least(line, low); p < at_most(line + begin, high); p++) columns[p - a->first] = 0;
    for (int64_t p = at_least(line + end, low); p < at_most(line + a->out_w, high); p++) columns[p - a->first] = 0;
  }
}

static void gather_shift(const im2col_arguments *a, tap t, const real *restrict plane, real *restrict columns) {
  int64_t low, high, shift = t.down * a->width + t.right;
  rows_inside(a, t, &low, &high);
  // The first and the last few positions may look before or behind the whole plane; they are among those cleared.
  int64_t from = at_most(at_least(low, -shift), high);
  int64_t until = at_least(at_most(high, a->height * a->width - shift), from);
  for (int64_t p = a->first; p < from; p++) columns[p - a->first] = 0;
  memcpy(columns + (from - a->first), plane + (from + shift), (size_t)(until - from) * sizeof(real));
  for (int64_t p = until; p < a->last; p++) columns[p - a->first] = 0;
  clear_sides(a, t, from, until, columns);
}

static void scatter_shift(const im2col_arguments *a, tap t, real *restrict plane, real *restrict columns) {
  int64_t low, high, shift = t.down * a->width + t.right;
  rows_inside(a, t, &low, &high);
  int64_t from = at_most(at_least(low, -shift), high);
  int64_t until = at_least(at_most(high, a->height * a->width - shift), from);
  clear_sides(a, t, from, until, columns);
  real *restrict to = plane + shift;
  for (int64_t p = from; p < until; p++) to[p] += columns[p - a->first];
}

// ---- The kernels ------------------------------------------------------------------------------------

static void gather(const void *arguments, int64_t begin, int64_t end) {
  const im2col_arguments *a = arguments;
  bool shift = is_shift(a);
  for (int64_t row = begin; row < end; row++) {
    tap t = tap_of(a, row);
    const real *plane = (const real *)a->image + t.channel * a->height * a->width;
    real *columns = (real *)a->columns + row * (a->last - a->first);
    if (shift)
      gather_shift(a, t, plane, columns);
    else
      gather_row(a, t, plane, columns);
  }
}

static void scatter(const void *arguments, int64_t begin, int64_t end) {
  const im2col_arguments *a = arguments;
  bool shift = is_shift(a);
  for (int64_t row = begin; row < end; row++) {
    tap t = tap_of(a, row);
    real *plane = (real *)a->image + t.channel * a->height * a->width;
    real *columns = (real *)a->columns + row * (a->last - a->first);
    if (shift)
      scatter_shift(a, t, plane, columns);
    else
      scatter_row(a, t, plane, columns);
  }
}

static void flush(const void *arguments, int64_t begin, int64_t end) {
  const im2col_flush_arguments *a = arguments;
  const real *restrict from = a->from;
  double *restrict to = a->to;
#pragma omp simd
  for (int64_t i = begin; i < end; i++) to[i] += (double)from[i];
}

enum { RUN = 256 }; // sums that stay in the cache over all parts

static void sum(const void *arguments, int64_t begin, int64_t end) {
  const im2col_sum_arguments *a = arguments;
  for (int64_t first = begin; first < end; first += RUN) {
    int64_t width = at_most(end - first, RUN);
    double sums[RUN] = {0};
    for (int64_t part = 0; part < a->parts; part++) {
      const double *restrict wide = (const double *)a->from + part * a->elements + first;
      const real *restrict from = (const real *)a->from + part * a->elements + first;
      if (a->wide) {
#pragma omp simd
        for (int64_t i = 0; i < width; i++) sums[i] += wide[i];
      } else {
#pragma omp simd
        for (int64_t i = 0; i < width; i++) sums[i] += (double)from[i];
      }
    }
    for (int64_t i = 0; i < width; i++) ((real *)a->to)[first + i] = (real)sums[i];
  }
}

extern const im2col_kernels VARIANT(im2col);
const im2col_kernels VARIANT(im2col) = {.gather = gather, .scatter = scatter, .flush = flush, .sum = sum};
