// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/matrix.h"

#include <math.h>
#include <string.h>

#include "ops/kernels/real.h"

// x - x is 0, or NaN: a sum that the compiler may take in any order.
static bool is_finite(int64_t count, const void *data) {
  const real *x = data;
  real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; i++) sum += x[i] - x[i];
  return sum == 0;
}

static void fill(int64_t count, double value, void *data) {
  for (int64_t i = 0; i < count; i++) ((real *)data)[i] = (real)value;
}

static void symmetrize(int64_t n, const void *from, void *to) {
  const real *x = from;
  real *y = to;
  for (int64_t i = 0; i < n; i++) {
    for (int64_t j = 0; j < i; j++) {
      const real a = x[i * n + j], b = x[j * n + i];
      y[i * n + j] = y[j * n + i] = a == b ? a : a / 2 + b / 2;
    }
    y[i * n + i] = x[i * n + i];
  }
}

static void transpose(int64_t n, void *data) {
  enum { TILE = 16 };
  real *x = data;
  for (int64_t top = 0; top < n; top += TILE) {
    for (int64_t left = 0; left <= top; left += TILE) {
      for (int64_t i = top; i < n && i < top + TILE; i++) {
        for (int64_t j = left; j < left + TILE && j < i; j++) {
          const real element = x[i * n + j];
          x[i * n + j] = x[j * n + i];
          x[j * n + i] = element;
        }
      }
    }
  }
}

static void turn(int64_t rows, int64_t columns, const void *from, int64_t distance, void *to,
                 int64_t distance_of_y) {
  enum { TILE = 16 };
  const real *x = from;
  real *y = to;
  for (int64_t top = 0; top < rows; top += TILE) {
    const int64_t bottom = top + TILE < rows ? top + TILE : rows;
    for (int64_t j = 0; j < columns; j++)
      for (int64_t i = top; i < bottom; i++) y[j * distance_of_y + i] = x[i * distance + j];
  }
}

static void add(int64_t count, double factor, const void *from, void *to) {
  for (int64_t i = 0; i < count; i++) ((real *)to)[i] += (real)factor * ((const real *)from)[i];
}

static void clear_upper(int64_t rows, int64_t columns, void *data) {
  for (int64_t i = 0; i < rows && i + 1 < columns; i++)
    memset((real *)data + i * columns + i + 1, 0, (size_t)(columns - i - 1) * sizeof(real));
}

static void clear_lower(int64_t rows, int64_t columns, void *data) {
  for (int64_t i = 1; i < rows; i++)
    memset((real *)data + i * columns, 0, (size_t)(i < columns ? i : columns) * sizeof(real));
}

// ---- Exchanges --------------------------------------------------------------------------------------

ALWAYS_INLINE void exchange(real *a, real *b, int64_t count, int64_t stride) {
  for (int64_t i = 0; i < count * stride; i += stride) {
    const real element = a[i];
    a[i] = b[i];
    b[i] = element;
  }
}

ALWAYS_INLINE void exchange_all(int64_t n, const int32_t *exchanges, bool backwards, real *x, int64_t step,
                                int64_t count, int64_t stride) {
  for (int64_t done = 0; done < n; done++) {
    const int64_t i = backwards ? n - 1 - done : done, other = exchanges[i] - 1;
    if (other != i) exchange(x + i * step, x + other * step, count, stride);
  }
}

static void exchange_rows(int64_t n, int64_t columns, const int32_t *exchanges, bool backwards, void *x) {
  exchange_all(n, exchanges, backwards, x, columns, columns, 1);
}

static void exchange_columns(int64_t n, int64_t rows, const int32_t *exchanges, bool backwards, void *x) {
  for (int64_t row = 0; row < rows; row++) exchange_all(n, exchanges, backwards, (real *)x + row * n, 1, 1, 1);
}

// ---- Determinants -----------------------------------------------------------------------------------

static matrix_number determinant(int64_t n, const void *factors, const int32_t *exchanges) {
  const real *x = factors;
  matrix_number product = {0.5, 1};
  for (int64_t i = 0; i < n; i++) {
    int exponent;
    const double element = (double)x[i * n + i];
    product.mantissa = frexp(product.mantissa * (exchanges[i] == i + 1 ? element : -element), &exponent);
    product.exponent += exponent;
  }
  return product;
}

static double log_determinant(int64_t n, const void *factors) {
  const real *x = factors;
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += log(fabs((double)x[i * n + i]));
  return sum;
}

// Beyond 2^+-1100 every double is 0 or infinite; in two steps, for the whole may be a number where 2^exponent is
// none.
static void scale(int64_t count, matrix_number factor, void *data) {
  real *x = data;
  const int64_t limit = 2200;
  const int exponent = (int)(factor.exponent > limit ? limit : factor.exponent < -limit ? -limit : factor.exponent);
  const int half = exponent / 2;
  const double first = ldexp(factor.mantissa, half), second = ldexp(1, exponent - half);
  for (int64_t i = 0; i < count; i++) x[i] = (real)((double)x[i] * first * second);
}

static double largest_row_sum(int64_t rows, int64_t columns, const void *data) {
  const real *x = data;
  double largest = 0;
  for (int64_t i = 0; i < rows; i++) {
    double sum = 0;
    for (int64_t j = 0; j < columns; j++) sum += fabs((double)x[i * columns + j]);
    largest = fmax(largest, sum);
  }
  return largest;
}

static bool has_zero_on_diagonal(int64_t n, const void *data) {
  const real *x = data;
  for (int64_t i = 0; i < n; i++)
    if (x[i * n + i] == 0) return true;
  return false;
}

// ---- Signs ------------------------------------------------------------------------------------------

static bool is_turned(int64_t length, const real *row) {
  real largest = 0;
  for (int64_t i = 0; i < length; i++) largest = (real)fmax((double)largest, fabs((double)row[i]));
  for (int64_t i = 0; i < length; i++)
    if (fabs((double)row[i]) >= 0.9 * (double)largest) return row[i] < 0;
  return false;
}

static void negate(int64_t count, int64_t stride, real *x) {
  for (int64_t i = 0; i < count * stride; i += stride) x[i] = -x[i];
}

static void fix_signs(int64_t count, int64_t length, void *data, int64_t height, int64_t width, void *other) {
  for (int64_t row = 0; row < count; row++) {
    real *x = (real *)data + row * length;
    if (!is_turned(length, x)) continue;
    negate(length, 1, x);
    if (other) negate(height, width, (real *)other + row);
  }
}

static double read(const void *x, int64_t i) { return (double)((const real *)x)[i]; }
static void write(void *x, int64_t i, double value) { ((real *)x)[i] = (real)value; }

extern const matrix_kernels VARIANT(matrix);
const matrix_kernels VARIANT(matrix) = {.is_finite = is_finite,
                                        .fill = fill,
                                        .symmetrize = symmetrize,
                                        .transpose = transpose,
                                        .turn = turn,
                                        .add = add,
                                        .clear_upper = clear_upper,
                                        .clear_lower = clear_lower,
                                        .exchange_rows = exchange_rows,
                                        .exchange_columns = exchange_columns,
                                        .determinant = determinant,
                                        .log_determinant = log_determinant,
                                        .scale = scale,
                                        .largest_row_sum = largest_row_sum,
                                        .has_zero_on_diagonal = has_zero_on_diagonal,
                                        .fix_signs = fix_signs,
                                        .read = read,
                                        .write = write};
