// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/position.h"
#include "ops/kernels/extremes.h"

#include <stddef.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// One contiguous line: first the value, then where it is.
static real line_position(const position_arguments *a, const real *x, int64_t *position) {
  real best = line_extreme(a->minimum, x, a->count);
  int64_t i = 0;
  if (is_nan(best))
    while (!is_nan(x[i])) i++;
  else
    while (x[i] != best) i++;
  *position = i;
  return best;
}

// `width` neighbouring lines, each with the stride `inner`.
static void lines_position(const position_arguments *a, const real *x, int64_t width, real *restrict best,
                           int64_t *restrict position) {
  for (int64_t j = 0; j < width; j++) {
    best[j] = x[j];
    position[j] = 0;
  }
  for (int64_t i = 1; i < a->count; i++) {
    const real *restrict row = x + i * a->inner;
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
      real chosen = better(a->minimum, row[j], best[j]);
      // A NaN that is the best already stays, and so does its position.
      bool moved = (chosen != best[j]) & !is_nan(best[j]);
      position[j] = moved ? i : position[j];
      best[j] = is_nan(best[j]) ? best[j] : chosen;
    }
  }
}

enum { LINES = 256 };

static void find(const void *arguments, int64_t begin, int64_t end) {
  const position_arguments *a = arguments;
  real best[LINES];
  int64_t position[LINES];
  for (int64_t item = begin; item < end;) {
    int64_t column = item % a->inner, width = least(least(a->inner - column, end - item), LINES);
    const real *x = (const real *)a->x + item / a->inner * a->count * a->inner + column;
    if (a->inner == 1)
      best[0] = line_position(a, x, position);
    else
      lines_position(a, x, width, best, position);
    for (int64_t j = 0; j < width; j++) {
      a->positions[item + j] = position[j] + a->base;
      if (a->values) ((real *)a->values)[item + j] = best[j];
    }
    item += width;
  }
}

// ---- So far -------------------------------------------------------------------------------------------

// Whether x takes the place of the best so far: it is as good, or NaN.
ALWAYS_INLINE bool replaces(bool minimum, real x, real best) {
  return is_nan(x) | (minimum ? x <= best : x >= best);
}

ALWAYS_INLINE void cumulative_of(bool minimum, const position_arguments *a, int64_t start, int64_t width) {
  const real *restrict x = (const real *)a->x + start;
  real *restrict values = (real *)a->values + start, best[LINES];
  int64_t *restrict positions = a->positions + start, position[LINES];
  for (int64_t j = 0; j < width; j++) {
    best[j] = x[j];
    position[j] = a->base;
  }
  for (int64_t i = 0, row = 0; i < a->count; i++, row += a->inner) {
    for (int64_t j = 0; j < width; j++) {
      const bool taken = replaces(minimum, x[row + j], best[j]);
      best[j] = taken ? x[row + j] : best[j];
      position[j] = taken ? i + a->base : position[j];
      values[row + j] = best[j];
      positions[row + j] = position[j];
    }
  }
}

// One contiguous line: in most data the best so far changes rarely, and a jump is foreseen.
ALWAYS_INLINE void cumulative_line(bool minimum, const position_arguments *a, int64_t start) {
  const real *restrict x = (const real *)a->x + start;
  real *restrict values = (real *)a->values + start, best = x[0];
  int64_t *restrict positions = a->positions + start, position = a->base;
  for (int64_t i = 0; i < a->count; i++) {
    if (replaces(minimum, x[i], best)) {
      best = x[i];
      position = i + a->base;
    }
    values[i] = best;
    positions[i] = position;
  }
}

static void cumulative(const void *arguments, int64_t begin, int64_t end) {
  const position_arguments *a = arguments;
  if (a->inner == 1) {
    for (int64_t line = begin; line < end; line++)
      a->minimum ? cumulative_line(true, a, line * a->count) : cumulative_line(false, a, line * a->count);
    return;
  }
  for (int64_t item = begin; item < end;) {
    const int64_t column = item % a->inner, width = least(least(a->inner - column, end - item), LINES);
    const int64_t start = item / a->inner * a->count * a->inner + column;
    if (a->minimum)
      cumulative_of(true, a, start, width);
    else
      cumulative_of(false, a, start, width);
    item += width;
  }
}

// ---- Back to where elements were ------------------------------------------------------------------------

#if defined(SG_KERNEL_F32) || defined(SG_KERNEL_F64)
ALWAYS_INLINE void give_back_lines(const return_arguments *a, int64_t outer, int64_t column, int64_t width) {
  real *restrict d_x = (real *)a->d_x + outer * a->count * a->inner + column;
  const int64_t first = outer * a->kept * a->inner + column;
  const real *restrict d_y = (const real *)a->d_y + first;
  const int64_t *restrict positions = a->positions + first;
  double sum[LINES];
  int64_t last[LINES];
  for (int64_t i = 0; i < a->count; i++)
    for (int64_t j = 0; j < width; j++) d_x[i * a->inner + j] = 0;
  for (int64_t j = 0; j < width; j++) {
    sum[j] = 0;
    last[j] = -1;
  }
  for (int64_t k = 0, row = 0; k < a->kept; k++, row += a->inner) {
    for (int64_t j = 0; j < width; j++) {
      const int64_t position = positions[row + j] - a->base;
      sum[j] = (double)d_y[row + j] + (position == last[j] ? sum[j] : 0);
      last[j] = position;
      d_x[position * a->inner + j] = (real)sum[j];
    }
  }
}

static void give_back(const void *arguments, int64_t begin, int64_t end) {
  const return_arguments *a = arguments;
  for (int64_t item = begin; item < end;) {
    const int64_t column = item % a->inner, width = least(least(a->inner - column, end - item), LINES);
    if (width == 1)
      give_back_lines(a, item / a->inner, column, 1);
    else
      give_back_lines(a, item / a->inner, column, width);
    item += width;
  }
}
#define GIVE_BACK give_back
#else
#define GIVE_BACK NULL
#endif

extern const position_kernels VARIANT(position);
const position_kernels VARIANT(position) = {.find = find, .cumulative = cumulative, .give_back = GIVE_BACK};
