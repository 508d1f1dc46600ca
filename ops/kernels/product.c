// SPDX-License-Identifier: GPL-3.0-or-later
//
// A tile of ROWS x COLUMNS sums stays in registers while it walks down a block of k; the block of B that it needs
// lies packed in the cache.
#include "ops/kernels/product.h"
#include "ops/kernels/real.h"

typedef real lanes __attribute__((vector_size(16 << SG_KERNEL_ISA_LEVEL), may_alias));
enum { WIDTH = sizeof(lanes) / sizeof(real), COLUMNS = 2 * WIDTH, ROWS = 6, DEPTH = 128 };

// The columns [column, column + COLUMNS) of the rows [depth, depth + count) of op(B); zeros beyond the last column.
static void pack(const product_arguments *p, int64_t depth, int64_t count, int64_t column, real *restrict packed) {
  int64_t width = p->n - column < COLUMNS ? p->n - column : COLUMNS;
  int64_t down = p->transpose_b ? 1 : p->ld_b, right = p->transpose_b ? p->ld_b : 1;
  const real *b = (const real *)p->b + depth * down + column * right;
  for (int64_t d = 0; d < count; d++) {
    for (int64_t j = 0; j < width; j++) packed[d * COLUMNS + j] = b[d * down + j * right];
    for (int64_t j = width; j < COLUMNS; j++) packed[d * COLUMNS + j] = 0;
  }
}

static void sum_tile(const real *const *rows, int64_t step, const real *packed, int64_t count, real *sums) {
  lanes left[ROWS] = {0}, right[ROWS] = {0};
  for (int64_t d = 0; d < count; d++) {
    lanes b_left = *(const lanes *)(packed + d * COLUMNS), b_right = *(const lanes *)(packed + d * COLUMNS + WIDTH);
    for (int i = 0; i < ROWS; i++) {
      left[i] += rows[i][d * step] * b_left;
      right[i] += rows[i][d * step] * b_right;
    }
  }
  for (int i = 0; i < ROWS; i++) {
    *(lanes *)(sums + i * COLUMNS) = left[i];
    *(lanes *)(sums + i * COLUMNS + WIDTH) = right[i];
  }
}

static void add_tile(const product_arguments *p, int64_t row, int64_t height, int64_t column, real beta,
                     const real *sums) {
  int64_t width = p->n - column < COLUMNS ? p->n - column : COLUMNS;
  for (int64_t i = 0; i < height; i++) {
    real *c = (real *)p->c + (row + i) * p->ld_c + column;
    const real *sum = sums + i * COLUMNS;
    if (beta == 0)
      for (int64_t j = 0; j < width; j++) c[j] = sum[j];
    else
      for (int64_t j = 0; j < width; j++) c[j] = beta * c[j] + sum[j];
  }
}

static void multiply_block(const product_arguments *p, int64_t begin, int64_t end, int64_t depth, int64_t column,
                           real *packed) {
  _Alignas(64) real sums[ROWS * COLUMNS];
  const real *rows[ROWS];
  int64_t count = p->k - depth < DEPTH ? p->k - depth : DEPTH;
  int64_t down = p->transpose_a ? 1 : p->ld_a, right = p->transpose_a ? p->ld_a : 1;
  pack(p, depth, count, column, packed);
  for (int64_t row = begin; row < end; row += ROWS) {
    int64_t height = end - row < ROWS ? end - row : ROWS;
    for (int64_t i = 0; i < ROWS; i++) // rows that are not there: the last one once more
      rows[i] = (const real *)p->a + (row + (i < height ? i : height - 1)) * down + depth * right;
    sum_tile(rows, right, packed, count, sums);
    add_tile(p, row, height, column, depth == 0 ? (real)p->beta : 1, sums);
  }
}

static void multiply(const void *arguments, int64_t begin, int64_t end) {
  const product_arguments *p = arguments;
  _Alignas(64) real packed[DEPTH * COLUMNS];
  for (int64_t depth = 0; depth < p->k; depth += DEPTH)
    for (int64_t column = 0; column < p->n; column += COLUMNS) multiply_block(p, begin, end, depth, column, packed);
}

extern const product_kernels VARIANT(product);
const product_kernels VARIANT(product) = {.multiply = multiply};
