// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/integer_reduce.h"
#include "ops/kernels/extremes.h"

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

ALWAYS_INLINE int64_t neutral(integer_reduce_kind kind) {
  switch (kind) {
  case INTEGER_MAX:
    return INT64_MIN;
  case INTEGER_MIN:
    return INT64_MAX;
  default:
    return kind == INTEGER_ALL || kind == INTEGER_PRODUCT;
  }
}

ALWAYS_INLINE int64_t combined(integer_reduce_kind kind, int64_t a, int64_t b) {
  switch (kind) {
  case INTEGER_MAX:
    return a > b ? a : b;
  case INTEGER_MIN:
    return a < b ? a : b;
  case INTEGER_ANY:
    return a | b;
  case INTEGER_ALL:
    return a & b;
  case INTEGER_PRODUCT:
    return (int64_t)((uint64_t)a * (uint64_t)b);
  default:
    return (int64_t)((uint64_t)a + (uint64_t)b);
  }
}

// What one element contributes.
ALWAYS_INLINE int64_t term(integer_reduce_kind kind, real x) { return kind >= INTEGER_COUNT ? x != 0 : (int64_t)x; }

// Whether nothing that follows changes the result.
ALWAYS_INLINE bool is_settled(integer_reduce_kind kind, int64_t result) {
  return (kind == INTEGER_ANY && result) || (kind == INTEGER_ALL && !result);
}

static void store(const integer_reduce_arguments *a, int64_t position, int64_t value) {
  switch (a->kind) {
  case INTEGER_MAX:
  case INTEGER_MIN:
    ((real *)a->out)[position] = (real)value;
    break;
  case INTEGER_ANY:
  case INTEGER_ALL:
    ((uint8_t *)a->out)[position] = (uint8_t)value;
    break;
  default:
    ((int64_t *)a->out)[position] = value;
  }
}

static void keep(const integer_reduce_arguments *a, int64_t chunk, int64_t output, int64_t value) {
  if (a->partials)
    a->partials[chunk * a->layout->outputs + output] = value;
  else
    store(a, output, value);
}

// ---- Rows -------------------------------------------------------------------------------------------

// Holds a count, and for bytes a sum, of REDUCE_PIECE elements, and is as wide as they are where that can be.
#if defined(SG_KERNEL_F32) || defined(SG_KERNEL_U8)
typedef uint32_t piece_sum;
#else
typedef uint64_t piece_sum;
#endif

static int64_t piece_count(const real *restrict x, int64_t count) {
  piece_sum sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += x[i] != 0;
  return (int64_t)sum;
}

static int64_t piece(integer_reduce_kind kind, const real *restrict x, int64_t count) {
  if (kind == INTEGER_COUNT) return piece_count(x, count);
  if (kind == INTEGER_ANY) return piece_count(x, count) > 0;
  if (kind == INTEGER_ALL) return piece_count(x, count) == count;
#if defined(SG_KERNEL_I64) || defined(SG_KERNEL_U8)
  if (kind == INTEGER_PRODUCT) {
    uint64_t product = 1;
#pragma omp simd reduction(* : product)
    for (int64_t i = 0; i < count; i++) product *= (uint64_t)x[i];
    return (int64_t)product;
  }
  if (kind != INTEGER_SUM) return (int64_t)line_extreme(kind == INTEGER_MIN, x, count);
  piece_sum sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += (piece_sum)x[i];
  return (int64_t)sum;
#else
  return 0;
#endif
}

static void rows(const void *arguments, int64_t begin, int64_t end) {
  const integer_reduce_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    const int64_t output = item / layout->chunks, chunk = item % layout->chunks;
    const real *x = (const real *)a->x + reduce_offset(&layout->kept, output);
    const int64_t stop = least(layout->units, (chunk + 1) * layout->chunk_units);
    int64_t result = neutral(a->kind);
    for (int64_t unit = chunk * layout->chunk_units; unit < stop && !is_settled(a->kind, result); unit++) {
      const int64_t row = layout->pieces == 1 ? unit : unit / layout->pieces;
      const int64_t start = (unit - row * layout->pieces) * REDUCE_PIECE;
      const real *first = x + reduce_offset(&layout->reduced, row) + start;
      result = combined(a->kind, result, piece(a->kind, first, least(layout->row - start, REDUCE_PIECE)));
    }
    keep(a, chunk, output, result);
  }
}

// ---- Columns ----------------------------------------------------------------------------------------

ALWAYS_INLINE void accumulate_of(integer_reduce_kind kind, const reduce_axes *axes, const real *x, int64_t begin,
                                 int64_t end, int64_t width, int64_t *restrict results) {
  for (int64_t r = begin; r < end; r++) {
    const real *restrict row = x + reduce_offset(axes, r);
#pragma omp simd
    for (int64_t j = 0; j < width; j++) results[j] = combined(kind, results[j], term(kind, row[j]));
  }
}

static void accumulate(integer_reduce_kind kind, const reduce_axes *axes, const real *x, int64_t begin, int64_t end,
                       int64_t width, int64_t *restrict results) {
  switch (kind) {
#if defined(SG_KERNEL_I64) || defined(SG_KERNEL_U8)
  case INTEGER_SUM:
    accumulate_of(INTEGER_SUM, axes, x, begin, end, width, results);
    break;
  case INTEGER_PRODUCT:
    accumulate_of(INTEGER_PRODUCT, axes, x, begin, end, width, results);
    break;
  case INTEGER_MAX:
    accumulate_of(INTEGER_MAX, axes, x, begin, end, width, results);
    break;
  case INTEGER_MIN:
    accumulate_of(INTEGER_MIN, axes, x, begin, end, width, results);
    break;
#endif
  case INTEGER_ANY:
    accumulate_of(INTEGER_ANY, axes, x, begin, end, width, results);
    break;
  case INTEGER_ALL:
    accumulate_of(INTEGER_ALL, axes, x, begin, end, width, results);
    break;
  default:
    accumulate_of(INTEGER_COUNT, axes, x, begin, end, width, results);
  }
}

static void columns(const void *arguments, int64_t begin, int64_t end) {
  const integer_reduce_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  int64_t results[REDUCE_COLUMNS];
  for (int64_t item = begin; item < end; item++) {
    const int64_t chunk = item % layout->chunks, block = item / layout->chunks % layout->column_blocks;
    const int64_t kept = item / layout->chunks / layout->column_blocks, first_column = block * REDUCE_COLUMNS;
    const int64_t width = least(REDUCE_COLUMNS, layout->row - first_column);
    const real *x = (const real *)a->x + reduce_offset(&layout->kept, kept) + first_column;
    const int64_t row = chunk * layout->chunk_units, stop = least(layout->units, row + layout->chunk_units);
    for (int64_t j = 0; j < width; j++) results[j] = neutral(a->kind);
    accumulate(a->kind, &layout->reduced, x, row, stop, width, results);
    for (int64_t j = 0; j < width; j++) keep(a, chunk, kept * layout->row + first_column + j, results[j]);
  }
}

static void combine(const void *arguments, int64_t begin, int64_t end) {
  const integer_reduce_arguments *a = arguments;
  for (int64_t i = begin; i < end; i++) {
    int64_t result = neutral(a->kind);
    for (int64_t chunk = 0; chunk < a->layout->chunks; chunk++)
      result = combined(a->kind, result, a->partials[chunk * a->layout->outputs + i]);
    store(a, i, result);
  }
}

extern const integer_reduce_kernels VARIANT(integer_reduce);
const integer_reduce_kernels VARIANT(integer_reduce) = {.rows = rows, .columns = columns, .combine = combine};
