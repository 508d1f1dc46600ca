// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/reduce.h"
#include "ops/kernels/extremes.h"
#include "ops/kernels/vector_math.h"
#include <math.h>
#include <stddef.h>

static int64_t minimum(int64_t a, int64_t b) { return a < b ? a : b; }

ALWAYS_INLINE bool takes_largest(reduce_kind kind) { return kind == REDUCE_MAX || kind == REDUCE_LARGEST; }
ALWAYS_INLINE bool takes_smallest(reduce_kind kind) { return kind == REDUCE_MIN || kind == REDUCE_SMALLEST; }

ALWAYS_INLINE bool reads_center(reduce_kind kind) { return kind == REDUCE_SQUARES || kind == REDUCE_EQUALS; }

static double neutral(reduce_kind kind) {
  if (takes_largest(kind)) return -(double)INFINITY;
  return takes_smallest(kind) ? (double)INFINITY : 0;
}

ALWAYS_INLINE double combined(reduce_kind kind, double a, double b) {
  if (takes_largest(kind)) return (b > a) | (b != b) ? b : a;
  if (takes_smallest(kind)) return (b < a) | (b != b) ? b : a;
  return a + b;
}

// What one element contributes, where that is a plain function of it.
ALWAYS_INLINE double term(reduce_kind kind, double x, double center) {
  switch (kind) {
  case REDUCE_SQUARES:
    return (x - center) * (x - center);
  case REDUCE_NUMBERS:
    return x == x ? x : 0;
  case REDUCE_NUMBER_COUNT:
    return x == x;
  case REDUCE_NONZERO:
    return x != 0;
  case REDUCE_SIZES:
  case REDUCE_LARGEST:
  case REDUCE_SMALLEST:
    return fabs(x);
  case REDUCE_EQUALS:
    return fabs(x) == center;
  case REDUCE_PURE_SQUARES:
    return x * x;
  default:
    return x;
  }
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

ALWAYS_INLINE double piece_terms(reduce_kind kind, const real *restrict x, int64_t count, double center) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += term(kind, (double)x[i], center);
  return sum;
}

ALWAYS_INLINE double piece_extreme_size(reduce_kind kind, const real *restrict x, int64_t count) {
  enum { LANES = 32 };
  double lane[LANES], result = neutral(kind);
  int64_t i = 0;
  for (int j = 0; j < LANES; j++) lane[j] = result;
  for (; i + LANES <= count; i += LANES) {
#pragma omp simd
    for (int j = 0; j < LANES; j++) lane[j] = combined(kind, lane[j], fabs((double)x[i + j]));
  }
  for (int j = 0; j < LANES; j++) result = combined(kind, result, lane[j]);
  for (; i < count; i++) result = combined(kind, result, fabs((double)x[i]));
  return result;
}

// part = exp(x - center), or (|x| / center)^exponent.
ALWAYS_INLINE void functions(const reduce_arguments *a, const real *restrict x, const double *center,
                             int64_t stride, real *restrict part, int64_t width) {
  if (a->kind == REDUCE_EXPONENTIALS) {
    for (int64_t j = 0; j < width; j++) part[j] = x[j] - (real)center[j * stride];
    vector_map(vector_exp, part, part, width);
  } else {
    const real exponent = (real)a->exponent;
    for (int64_t j = 0; j < width; j++) part[j] = (real)(fabs((double)x[j]) / center[j * stride]);
    vector_map_2(vector_pow, part, 1, &exponent, 0, part, width);
  }
}

// Functions in `real`, REDUCE_COLUMNS of them at a time, and their sum in double.
static double piece_functions(const reduce_arguments *a, const real *x, int64_t count, double center) {
  real part[REDUCE_COLUMNS];
  double sum = 0;
  for (int64_t i = 0; i < count; i += REDUCE_COLUMNS) {
    const int64_t width = minimum(count - i, REDUCE_COLUMNS);
    functions(a, x + i, &center, 0, part, width);
    sum += piece_terms(REDUCE_DOUBLE_SUM, part, width, 0);
  }
  return sum;
}

static double piece_short(reduce_kind kind, const real *x, int64_t count, double center) {
  double result = neutral(kind);
  for (int64_t i = 0; i < count; i++) result = combined(kind, result, term(kind, (double)x[i], center));
  return result;
}

static bool is_function(reduce_kind kind) { return kind == REDUCE_EXPONENTIALS || kind == REDUCE_POWERS; }

static double piece(const reduce_arguments *a, const real *x, int64_t count, double center) {
  if (is_function(a->kind)) return piece_functions(a, x, count, center);
  if (count < 16) return piece_short(a->kind, x, count, center);
  switch (a->kind) {
  case REDUCE_DOUBLE_SUM:
    return piece_terms(REDUCE_DOUBLE_SUM, x, count, 0);
  case REDUCE_SQUARES:
    return piece_terms(REDUCE_SQUARES, x, count, center);
  case REDUCE_NUMBERS:
    return piece_terms(REDUCE_NUMBERS, x, count, 0);
  case REDUCE_NUMBER_COUNT:
    return piece_terms(REDUCE_NUMBER_COUNT, x, count, 0);
  case REDUCE_NONZERO:
    return piece_terms(REDUCE_NONZERO, x, count, 0);
  case REDUCE_SIZES:
    return piece_terms(REDUCE_SIZES, x, count, 0);
  case REDUCE_EQUALS:
    return piece_terms(REDUCE_EQUALS, x, count, center);
  case REDUCE_PURE_SQUARES:
    return piece_terms(REDUCE_PURE_SQUARES, x, count, 0);
  case REDUCE_LARGEST:
    return piece_extreme_size(REDUCE_LARGEST, x, count);
  case REDUCE_SMALLEST:
    return piece_extreme_size(REDUCE_SMALLEST, x, count);
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
    double center = a->center ? a->center[output] : 0;
    double result = neutral(a->kind);
    int64_t stop = minimum(layout->units, (chunk + 1) * layout->chunk_units);
    for (int64_t unit = chunk * layout->chunk_units; unit < stop; unit++) {
      int64_t row = layout->pieces == 1 ? unit : unit / layout->pieces;
      int64_t start = (unit - row * layout->pieces) * REDUCE_PIECE;
      const real *first = x + reduce_offset(&layout->reduced, row) + start;
      result = combined(a->kind, result, piece(a, first, minimum(layout->row - start, REDUCE_PIECE), center));
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

static void columns_functions(const reduce_arguments *a, const reduce_axes *axes, const real *x, int64_t begin,
                              int64_t end, int64_t width, const double *center, double *restrict sums) {
  real part[REDUCE_COLUMNS];
  for (int64_t r = begin; r < end; r++) {
    functions(a, x + reduce_offset(axes, r), center, 1, part, width);
    for (int64_t j = 0; j < width; j++) sums[j] += (double)part[j];
  }
}

ALWAYS_INLINE void columns_terms(reduce_kind kind, const reduce_axes *axes, const real *x, int64_t begin,
                                 int64_t end, int64_t width, const double *restrict center,
                                 double *restrict results) {
  int64_t r = begin;
  for (; r + 4 <= end && !takes_largest(kind) && !takes_smallest(kind); r += 4) {
    const real *restrict x0 = x + reduce_offset(axes, r), *restrict x1 = x + reduce_offset(axes, r + 1);
    const real *restrict x2 = x + reduce_offset(axes, r + 2), *restrict x3 = x + reduce_offset(axes, r + 3);
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
      const double c = reads_center(kind) ? center[j] : 0;
      results[j] += (term(kind, (double)x0[j], c) + term(kind, (double)x1[j], c)) +
                    (term(kind, (double)x2[j], c) + term(kind, (double)x3[j], c));
    }
  }
  for (; r < end; r++) {
    const real *restrict row = x + reduce_offset(axes, r);
#pragma omp simd
    for (int64_t j = 0; j < width; j++)
      results[j] = combined(kind, results[j], term(kind, (double)row[j], reads_center(kind) ? center[j] : 0));
  }
}

static void columns_accumulate(const reduce_arguments *a, const reduce_axes *axes, const real *x, int64_t begin,
                               int64_t end, int64_t width, const double *center, double *results) {
  switch (a->kind) {
  case REDUCE_SUM:
    columns_sum(axes, x, begin, end, width, results);
    break;
  case REDUCE_EXPONENTIALS:
  case REDUCE_POWERS:
    columns_functions(a, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_DOUBLE_SUM:
    columns_terms(REDUCE_DOUBLE_SUM, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_SQUARES:
    columns_terms(REDUCE_SQUARES, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_MAX:
    columns_terms(REDUCE_MAX, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_MIN:
    columns_terms(REDUCE_MIN, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_NUMBERS:
    columns_terms(REDUCE_NUMBERS, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_NUMBER_COUNT:
    columns_terms(REDUCE_NUMBER_COUNT, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_NONZERO:
    columns_terms(REDUCE_NONZERO, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_SIZES:
    columns_terms(REDUCE_SIZES, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_EQUALS:
    columns_terms(REDUCE_EQUALS, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_PURE_SQUARES:
    columns_terms(REDUCE_PURE_SQUARES, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_LARGEST:
    columns_terms(REDUCE_LARGEST, axes, x, begin, end, width, center, results);
    break;
  case REDUCE_SMALLEST:
    columns_terms(REDUCE_SMALLEST, axes, x, begin, end, width, center, results);
    break;
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
    wide_center[j] = a->center ? center[j % width] : 0;
    wide_results[j] = neutral(a->kind);
  }
  reduce_axes wide = {.rank = 1, .count = wide_rows, .size = {wide_rows}, .stride = {fold * width}};
  columns_accumulate(a, &wide, x + begin * width, 0, wide_rows, fold * width, wide_center, wide_results);
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
    const double *center = a->center ? a->center + output : NULL;
    double results[REDUCE_COLUMNS];
    for (int64_t j = 0; j < width; j++) results[j] = neutral(a->kind);
    int64_t row = chunk * layout->chunk_units, stop = minimum(layout->units, row + layout->chunk_units);
    row += columns_folded(a, x, row, stop, width, center, results);
    columns_accumulate(a, &layout->reduced, x, row, stop, width, center, results);
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
