// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is done to one row-major matrix besides calls of LAPACK.
#ifndef SELENOGRAD_KERNELS_MATRIX_H
#define SELENOGRAD_KERNELS_MATRIX_H

#include "ops/kernels/kernels.h"
#include <stdbool.h>

// mantissa 2^exponent, with the sign and 1/2 <= |mantissa| < 1, or 0: a product that leaves the range of no dtype.
typedef struct matrix_number {
  double mantissa;
  int64_t exponent;
} matrix_number;

struct matrix_kernels {
  bool (*is_finite)(int64_t count, const void *x);
  void (*fill)(int64_t count, double value, void *x);
  // y = the part (x + x') / 2 of an n x n matrix, x itself where it is symmetric already
  void (*symmetrize)(int64_t n, const void *x, void *y);
  // n x n in place
  void (*transpose)(int64_t n, void *x);
  // y = x', of rows x columns, whose rows start every so many elements
  void (*turn)(int64_t rows, int64_t columns, const void *x, int64_t distance, void *y, int64_t distance_of_y);
  // y += factor x
  void (*add)(int64_t count, double factor, const void *x, void *y);
  // Zeros above the diagonal of rows x columns, or below it.
  void (*clear_upper)(int64_t rows, int64_t columns, void *x);
  void (*clear_lower)(int64_t rows, int64_t columns, void *x);
  // Exchanges of the rows of x, `columns` long, as a factorization lists them (from 1): row i with row
  // exchanges[i] - 1, from the first i on, or from the last, which undoes it.
  void (*exchange_rows)(int64_t n, int64_t columns, const int32_t *exchanges, bool backwards, void *x);
  void (*exchange_columns)(int64_t n, int64_t rows, const int32_t *exchanges, bool backwards, void *x);
  // Of an n x n factorization with exchanges of rows: the product of the diagonal, negated for every exchange; the
  // sum of log |diagonal|.
  matrix_number (*determinant)(int64_t n, const void *factors, const int32_t *exchanges);
  double (*log_determinant)(int64_t n, const void *factors);
  // x *= factor
  void (*scale)(int64_t count, matrix_number factor, void *x);
  double (*largest_row_sum)(int64_t rows, int64_t columns, const void *x); // of absolute values
  bool (*has_zero_on_diagonal)(int64_t n, const void *x);
  // Negates those of the `count` rows of x, `length` long, in which the first of the largest elements is negative,
  // and the columns of y (height x width, NULL: none) along with them. Elements within a tenth of the largest count
  // as such, so that rounding does not choose among equal ones.
  void (*fix_signs)(int64_t count, int64_t length, void *x, int64_t height, int64_t width, void *y);
  double (*read)(const void *x, int64_t i);
  void (*write)(void *x, int64_t i, double value);
};

#endif
