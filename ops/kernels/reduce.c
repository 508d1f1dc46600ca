// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/reduce.h"
#include "ops/kernels/extremes.h"
#include "ops/kernels/vector_math.h"
#include <math.h>
#include <stddef.h>

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }

static double neutral(reduce_kind kind) {
  if (kind == REDUCE_MAX) return -(double)INFINITY;
  return kind == REDUCE_MIN ? (double)INFINITY : 0;
}

static bool is_centred(reduce_kind kind) { return kind == REDUCE_SQUARES || kind == REDUCE_EXPONENTIALS; }

static double combined(reduce_kind kind, double a, double b) {
  if (kind == REDUCE_MAX) return b > a || b != b ? b : a;
  if (kind == REDUCE_MIN) return b < a || b != b ? b : a;
  return a + b;
}

// ---- One contiguous piece ---------------------------------------------------------------------------

// At most 512 elements meet in `real` before the sum goes on in double.
static double piece_sum(const real *restrict x, int64_t count) {
  double sum = 0;
  int64_t i = 0;
  for (; i + 512 <= count; i += 512) {
    const real *restrict block = x + i;
    real s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (int j = 0; j < 128; j++) {
      s0 += block[j];
      s1 += block[j + 128];
      s2 += block[j + 256];
      s3 += block[j + 384];
    }
    sum += ((double)s0 + (double)s1) + ((double)s2 + (double)s3);
  }
  real rest = 0;
#pragma omp simd reduction(+ : rest)
  for (int64_t j = i; j < count; j++) rest += x[j];
  return sum + (double)rest;
}

static double piece_double_sum(const real *restrict x, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += (double)x[i];
  return sum;
}

static double piece_squares(const real *restrict x, int64_t count, double center) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) {
    double deviation = (double)x[i] - center;
    sum += deviation * deviation;
  }
  return sum;
}

// Exponentials in `real`, REDUCE_COLUMNS of them at a time, and their sum in double.
static double piece_exponentials(const real *restrict x, int64_t count, double center) {
  real part[REDUCE_COLUMNS];
  const real shift = (real)center;
  double sum = 0;
  for (int64_t i = 0; i < count; i += REDUCE_COLUMNS) {
    const int64_t width = minimum(count - i, REDUCE_COLUMNS);
    for (int64_t j = 0; j < width; j++) part[j] = x[i + j] - shift;
    vector_map(vector_exp, part, part, width);
    sum += piece_double_sum(part, width);
  }
  return sum;
}

static double piece_short(reduce_kind kind, const real *x, int64_t count, double center) {
  double result = neutral(kind);
  for (int64_t i = 0; i < count; i++) {
    double value = (double)x[i] - center;
    result = combined(kind, result, kind == REDUCE_SQUARES ? value * value : value);
  }
  return result;
}

static double piece(reduce_kind kind, const real *x, int64_t count, double center) {
  if (kind == REDUCE_EXPONENTIALS) return piece_exponentials(x, count, center);
  if (count < 16) return piece_short(kind, x, count, center);
  switch (kind) {
  case REDUCE_DOUBLE_SUM:
    return piece_double_sum(x, count);
  case REDUCE_SQUARES:
    return piece_squares(x, count, center);
  case REDUCE_MAX:
    return (double)line_extreme(false, x, count);
  case REDUCE_MIN:
    return (double)line_extreme(true, x, count);
  default:
    return piece_sum(x, count);
  }
}

static void store(const reduce_arguments *a, int64_t chunk, int64_t output, double value) {
  if (a->partials)
    a->partials[chunk * a->layout->outputs + output] = value;
  else
    ((real *)a->out)[output] = (real)(value * a->scale);
}

// ---- Rows -------------------------------------------------------------------------------------------

static void rows(const void *arguments, int64_t begin, int64_t end) {
  const reduce_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    int64_t output = item / layout->chunks, chunk = item % layout->chunks;
    const real *x = (const real *)a->x + reduce_offset(&layout->kept, output);
    double center = is_centred(a->kind) ? a->center[output] : 0;
    double result = neutral(a->kind);
    int64_t stop = minimum(layout->units, (chunk + 1) * layout->chunk_units);
    for (int64_t unit = chunk * layout->chunk_units; unit < stop; unit++) {
      int64_t row = layout->pieces == 1 ? unit : unit / layout->pieces;
      int64_t start = (unit - row * layout->pieces) * REDUCE_PIECE;
      const real *first = x + reduce_offset(&layout->reduced, row) + start;
      result = combined(a->kind, result, piece(a->kind, first, minimum(layout->row - start, REDUCE_PIECE), center));
    }
    store(a, chunk, output, result);
  }
}

// ---- Columns ----------------------------------------------------------------------------------------

// At most 64 rows meet in `real` before the sums go on in double.
static void columns_sum(const reduce_axes *axes, const real *x, int64_t begin, int64_t end, int64_t width,
                        double *restrict sums) {
  real part[REDUCE_COLUMNS];
  for (int64_t r = begin; r < end;) {
    int64_t stop = minimum(end, r + 64);
    for (int64_t j = 0; j < width; j++) part[j] = 0;
    for (; r + 4 <= stop; r += 4) {
      const real *restrict x0 = x + reduce_offset(axes, r), *restrict x1 = x + reduce_offset(axes, r + 1);
      const real *restrict x2 = x + reduce_offset(axes, r + 2), *restrict x3 = x + reduce_offset(axes, r + 3);
#pragma omp simd
      for (int64_t j = 0; j < width; j++) part[j] += (x0[j] + x1[j]) + (x2[j] + x3[j]);
    }
    for (; r < stop; r++) {
      const real *restrict x0 = x + reduce_offset(axes, r);
#pragma omp simd
      for (int64_t j = 0; j < width; j++) part[j] += x0[j];
    }
#pragma omp simd
    for (int64_t j = 0; j < width; j++) sums[j] += (double)part[j];
  }
}

static void columns_exponentials(const reduce_axes *axes, const real *x, int64_t begin, int64_t end, int64_t width,
                                 const double *restrict center, double *restrict sums) {
  real part[REDUCE_COLUMNS];
  for (int64_t r = begin; r < end; r++) {
    const real *restrict row = x + reduce_offset(axes, r);
    for (int64_t j = 0; j < width; j++) part[j] = row[j] - (real)center[j];
    vector_map(vector_exp, part, part, width);
    for (int64_t j = 0; j < width; j++) sums[j] += (double)part[j];
  }
}

static void columns_accumulate(reduce_kind kind, const reduce_axes *axes, const real *x, int64_t begin, int64_t end,
                               int64_t width, const double *restrict center, double *restrict results) {
  if (kind == REDUCE_SUM) {
    columns_sum(axes, x, begin, end, width, results);
    return;
  }
  if (kind == REDUCE_EXPONENTIALS) {
    columns_exponentials(axes, x, begin, end, width, center, results);
    return;
  }
  int64_t r = begin;
  for (; r + 4 <= end && (kind == REDUCE_DOUBLE_SUM || kind == REDUCE_SQUARES); r += 4) {
    const real *restrict x0 = x + reduce_offset(axes, r), *restrict x1 = x + reduce_offset(axes, r + 1);
    const real *restrict x2 = x + reduce_offset(axes, r + 2), *restrict x3 = x + reduce_offset(axes, r + 3);
    if (kind == REDUCE_DOUBLE_SUM) {
#pragma omp simd
      for (int64_t j = 0; j < width; j++)
        results[j] += ((double)x0[j] + (double)x1[j]) + ((double)x2[j] + (double)x3[j]);
    } else {
#pragma omp simd
      for (int64_t j = 0; j < width; j++) {
        double d0 = (double)x0[j] - center[j], d1 = (double)x1[j] - center[j];
        double d2 = (double)x2[j] - center[j], d3 = (double)x3[j] - center[j];
        results[j] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
      }
    }
  }
  for (; r < end; r++) {
    const real *restrict row = x + reduce_offset(axes, r);
    if (kind == REDUCE_DOUBLE_SUM) {
#pragma omp simd
      for (int64_t j = 0; j < width; j++) results[j] += (double)row[j];
    } else if (kind == REDUCE_SQUARES) {
#pragma omp simd
      for (int64_t j = 0; j < width; j++) {
        double deviation = (double)row[j] - center[j];
        results[j] += deviation * deviation;
      }
    } else if (kind == REDUCE_MAX) {
#pragma omp simd
      for (int64_t j = 0; j < width; j++) results[j] = (double)higher(row[j], (real)results[j]);
    } else {
#pragma omp simd
      for (int64_t j = 0; j < width; j++) results[j] = (double)lower(row[j], (real)results[j]);
    }
  }
}

// Narrow rows that follow one another in memory are taken `fold` at a time, as one wide row: result j of the wide
// row belongs to column j mod width. Returns how many rows of [begin, end) that has dealt with.
static int64_t columns_folded(const reduce_arguments *a, const real *x, int64_t begin, int64_t end, int64_t width,
                              const double *center, double *results) {
  const reduce_axes *reduced = &a->layout->reduced;
  if (reduced->rank != 1 || reduced->stride[0] != width || width > REDUCE_COLUMNS / 4) return 0;
  int64_t fold = REDUCE_COLUMNS / width, wide_rows = (end - begin) / fold;
  double wide_center[REDUCE_COLUMNS], wide_results[REDUCE_COLUMNS];
  for (int64_t j = 0; j < fold * width; j++) {
    wide_center[j] = is_centred(a->kind) ? center[j % width] : 0;
    wide_results[j] = neutral(a->kind);
  }
  reduce_axes wide = {.rank = 1, .count = wide_rows, .size = {wide_rows}, .stride = {fold * width}};
  columns_accumulate(a->kind, &wide, x + begin * width, 0, wide_rows, fold * width, wide_center, wide_results);
  for (int64_t f = 0; f < fold; f++)
    for (int64_t j = 0; j < width; j++) results[j] = combined(a->kind, results[j], wide_results[f * width + j]);
  return wide_rows * fold;
}

static void columns(const void *arguments, int64_t begin, int64_t end) {
  const reduce_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    int64_t chunk = item % layout->chunks, block = item / layout->chunks % layout->column_blocks;
    int64_t kept = item / layout->chunks / layout->column_blocks, first_column = block * REDUCE_COLUMNS;
    int64_t width = minimum(REDUCE_COLUMNS, layout->row - first_column);
    int64_t output = kept * layout->row + first_column;
    const real *x = (const real *)a->x + reduce_offset(&layout->kept, kept) + first_column;
    const double *center = is_centred(a->kind) ? a->center + output : NULL;
    double results[REDUCE_COLUMNS];
    for (int64_t j = 0; j < width; j++) results[j] = neutral(a->kind);
    int64_t row = chunk * layout->chunk_units, stop = minimum(layout->units, row + layout->chunk_units);
    row += columns_folded(a, x, row, stop, width, center, results);
    columns_accumulate(a->kind, &layout->reduced, x, row, stop, width, center, results);
    for (int64_t j = 0; j < width; j++) store(a, chunk, output + j, results[j]);
  }
}

static void combine(const void *arguments, int64_t begin, int64_t end) {
  const combine_arguments *a = arguments;
  for (int64_t i = begin; i < end; i++) {
    double result = neutral(a->kind);
    for (int64_t chunk = 0; chunk < a->chunks; chunk++)
      result = combined(a->kind, result, a->partials[chunk * a->outputs + i]);
    if (a->out_double)
      a->out_double[i] = result * a->scale;
    else
      ((real *)a->out)[i] = (real)(result * a->scale);
  }
}

extern const reduce_kernels VARIANT(reduce);
const reduce_kernels VARIANT(reduce) = {.rows = rows, .columns = columns, .combine = combine};
