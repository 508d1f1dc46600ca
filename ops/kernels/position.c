// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/position.h"
#include "ops/kernels/extremes.h"

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

static void cumulative(const void *arguments, int64_t begin, int64_t end) {
  const position_arguments *a = arguments;
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

extern const position_kernels VARIANT(position);
const position_kernels VARIANT(position) = {.find = find, .cumulative = cumulative};
