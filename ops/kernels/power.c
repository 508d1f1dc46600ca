// SPDX-License-Identifier: GPL-3.0-or-later
//
// Roots and powers.
#include "ops/kernels/power.h"
#include "ops/kernels/row_vector.h"

#include <stdbool.h>

// ---- Roots ------------------------------------------------------------------------------------------

void VARIANT(sqrt_row)(const sg_row *row) { map_scalar(sqrt_of, row); }

// d_x = d_y / (2 y)
ALWAYS_INLINE real sqrt_slope(real y, real d_y) { return d_y / (2 * y); }
void VARIANT(d_sqrt_row)(const sg_row *row) { map_slope(sqrt_slope, row); }

ALWAYS_INLINE real rsqrt_of(real x) { return 1 / sqrt_of(x); }
void VARIANT(rsqrt_row)(const sg_row *row) { map_scalar(rsqrt_of, row); }

// d_x = -1/2 d_y y^3, where y^3 overflows before its half
ALWAYS_INLINE real rsqrt_slope(real y, real d_y) { return d_y * ((real)-0.5 * y * (y * y)); }
void VARIANT(d_rsqrt_row)(const sg_row *row) { map_slope(rsqrt_slope, row); }

// ---- Powers -----------------------------------------------------------------------------------------

ALWAYS_INLINE real itself_of(real a) { return a; }
ALWAYS_INLINE real one_of(real a) { return (void)a, 1; }
ALWAYS_INLINE real square_of(real a) { return a * a; }
ALWAYS_INLINE real cube_of(real a) { return a * a * a; }
ALWAYS_INLINE real reciprocal_of(real a) { return 1 / a; }

void VARIANT(reciprocal_row)(const sg_row *row) { map_scalar(reciprocal_of, row); }

// d_x = -d_y / x / x: what is between goes one way, towards the result
ALWAYS_INLINE real reciprocal_slope(real x, real d_y) { return -(d_y / x / x); }
void VARIANT(d_reciprocal_row)(const sg_row *row) { map_slope(reciprocal_slope, row); }

// y = a^exponent where that is a product or a quotient, the exponent being one small whole number for the whole
// row. Returns whether it is.
static bool small_power(const sg_row *row, real exponent) {
  if (exponent == 2)
    map_scalar(square_of, row);
  else if (exponent == 1)
    map_scalar(itself_of, row);
  else if (exponent == 3)
    map_scalar(cube_of, row);
  else if (exponent == -1)
    map_scalar(reciprocal_of, row);
  else
    return false;
  return true;
}

void VARIANT(pow_row)(const sg_row *row) {
  const real *exponent = row->operand[1];
  if (row->stride[0] && !row->stride[1] && small_power(row, exponent[0])) return;
  map_vector_2(vector_pow, row);
}

// With P(b) = b (b - 1) ... (b - k + 1) and l = log(a), the derivative of a^b, k times by a and n times by b, is
//
//   a^(b - k) h,   h = sum over j of n! / (n - j)! P_j l^(n - j),   P(b + t) = sum over j of P_j t^j
ALWAYS_INLINE vreal pow_derivative_factor(vreal b, vreal logarithm, int k, int n) {
  vreal coefficient[POW_ORDERS + 1]; // P_j
  coefficient[0] = vector_splat(1);
  for (int j = 1; j <= n; j++) coefficient[j] = vector_splat(0);
  for (int i = 0; i < k; i++) {
    for (int j = n; j > 0; j--) coefficient[j] = coefficient[j] * (b - (real)i) + coefficient[j - 1];
    coefficient[0] *= b - (real)i;
  }
  vreal h = coefficient[0];
  real falling = 1; // n! / (n - j)!
  for (int j = 1; j <= n; j++) {
    falling *= (real)(n - j + 1);
    // A term with a factor of 0 is not there, even if the other one is infinite.
    vmask absent = (vmask)(h == 0) | (vmask)(logarithm == 0);
    h = vector_select(absent, vector_splat(0), h * logarithm) + falling * coefficient[j];
  }
  return h;
}

// Where a is an ordinary number, the exponent is lowered to at least -1/2, which loses no digit of it, and a^b is
// divided by a for the rest, last: a^(b - k) alone may overflow where h is small. Elsewhere limits are meant: 0
// where one factor is 0. The convention 0^0 = 1 is taken for a constant, as in PyTorch.
ALWAYS_INLINE vreal pow_derivative_of(vreal a, vreal b, int k, int n) {
  const vreal zero = vector_splat(0);
  const real first_all_even = (real)(sizeof(real) == 4 ? 0x1p24 : 0x1p53);
  vreal logarithm = n ? vector_log(a) : zero, h = pow_derivative_factor(b, logarithm, k, n);
  vreal exponent = b, divisions = zero;
  vmask even = (vmask)(vector_abs(b) >= first_all_even),
        limit = (vmask)(a == 0) | (vmask)(vector_abs(a) == (real)INFINITY);
  for (int i = 0; i < k; i++) {
    vmask lower = limit | even | (vmask)(exponent >= (real)0.5);
    divisions = vector_select(lower, divisions, divisions + 1);
    exponent = vector_select(lower, exponent - 1, exponent);
  }
  // A large b is even, and the exponent k less can no longer be told from it: k alone decides on the sign.
  vreal p = vector_pow(vector_select(even, vector_abs(a), a), exponent);
  if (k % 2) p = vector_select(even & (vmask)(a < 0), -p, p);
  vmask vanishes = (vmask)(p == 0) & (vmask)(logarithm == logarithm) & (vmask)(b == b);
  vreal y = vector_select((vmask)(h == 0) | vanishes, zero, p * h);
  for (int i = 0; i < k; i++) y = vector_select((vmask)(divisions > (real)i) & (vmask)(h != 0), y / a, y);
  return k + n == 0 ? p : vector_select((vmask)(a == 0) & (vmask)(b == 0), zero, y);
}

// One small whole exponent for the whole row: P(b) a^(b - k).
static void scaled_power(const sg_row *row, int k) {
  real exponent = *(const real *)row->operand[1], factor = 1, *y = row->result[0];
  for (int i = 0; i < k; i++, exponent -= 1) factor *= exponent;
  sg_row power = *row;
  power.operand[1] = &exponent;
  if (exponent == 0 || factor == 0)
    map_scalar(one_of, row);
  else
    VARIANT(pow_row)(&power);
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = factor == 0 ? 0 : y[i] * factor;
}

void VARIANT(pow_derivative_row)(const sg_row *row) {
  const int64_t *order = row->parameter;
  const int k = (int)order[0], n = (int)order[1];
  const real *a = row->operand[0], *b = row->operand[1], b_0 = b[0];
  real *y = row->result[0];
  if (n == 0 && row->stride[0] && !row->stride[1] && (b_0 == -1 || b_0 == 1 || b_0 == 2 || b_0 == 3)) {
    scaled_power(row, k);
    return;
  }
  const vreal all_a = vector_splat(a[0]), all_b = vector_splat(b_0);
  for (int64_t i = 0; i < row->count; i += VECTOR_LANES) {
    const int64_t left = row->count - i;
    const bool whole = left >= VECTOR_LANES;
    vreal a_i = !row->stride[0] ? all_a : whole ? vector_load(a + i) : vector_load_part(a + i, left, 1);
    vreal b_i = !row->stride[1] ? all_b : whole ? vector_load(b + i) : vector_load_part(b + i, left, 1);
    vreal y_i = pow_derivative_of(a_i, b_i, k, n);
    if (whole)
      vector_store(y + i, y_i);
    else
      vector_store_part(y + i, y_i, left);
  }
}
