// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tangent, the inverses of trigonometric functions, and lengths; with first derivatives.
#include "ops/kernels/row_vector.h"

void VARIANT(tan_row)(const sg_row *row) { map_vector(vector_tan, row); }
void VARIANT(asin_row)(const sg_row *row) { map_vector(vector_asin, row); }
void VARIANT(acos_row)(const sg_row *row) { map_vector(vector_acos, row); }
void VARIANT(atan_row)(const sg_row *row) { map_vector(vector_atan, row); }

// d_x = d_y (1 + y^2)
ALWAYS_INLINE real tan_slope(real y, real d_y) { return d_y * (1 + y * y); }
void VARIANT(d_tan_row)(const sg_row *row) { map_slope(tan_slope, row); }

// d_x = d_y / sqrt(1 - x^2)
ALWAYS_INLINE real asin_slope(real x, real d_y) { return d_y / sqrt_of((1 - x) * (1 + x)); }
void VARIANT(d_asin_row)(const sg_row *row) { map_slope(asin_slope, row); }

// d_x = -d_y / sqrt(1 - x^2)
ALWAYS_INLINE real acos_slope(real x, real d_y) { return -asin_slope(x, d_y); }
void VARIANT(d_acos_row)(const sg_row *row) { map_slope(acos_slope, row); }

// d_x = d_y / (1 + x^2); where x^2 may overflow, with r = 1 / x: d_y r^2 / (1 + r^2)
ALWAYS_INLINE real atan_slope(real x, real d_y) {
  const real size = x < 0 ? -x : x, r = 1 / size, smaller = size > 1 ? r : size, factor = size > 1 ? r : 1;
  return d_y * factor * factor / (1 + smaller * smaller);
}
void VARIANT(d_atan_row)(const sg_row *row) { map_slope(atan_slope, row); }

void VARIANT(atan2_row)(const sg_row *row) { map_vector_2(vector_atan2, row); }

// ---- Lengths ----------------------------------------------------------------------------------------

// sqrt(a^2 + b^2) without overflow or underflow on the way; infinite if one of them is, even beside NaN.
ALWAYS_INLINE real hypot_of(real a, real b) {
  const real size_a = a < 0 ? -a : a, size_b = b < 0 ? -b : b;
  const real larger = size_a > size_b ? size_a : size_b, smaller = size_a > size_b ? size_b : size_a;
  const real ratio = larger == 0 ? smaller : smaller / larger;
  const real length = larger * sqrt_of(1 + ratio * ratio);
  return ((size_a == (real)INFINITY) | (size_b == (real)INFINITY)) ? (real)INFINITY : length;
}
void VARIANT(hypot_row)(const sg_row *row) { map_scalar_2(hypot_of, row); }

// a / sqrt(a^2 + b^2), 0 where both are 0
ALWAYS_INLINE real hypot_slope_of(real a, real b) {
  const real size_a = a < 0 ? -a : a, size_b = b < 0 ? -b : b;
  const int a_is_smaller = size_a < size_b;
  const real ratio = (a_is_smaller ? a : b) / (a_is_smaller ? size_b : size_a);
  const real direction = a_is_smaller ? ratio : a < 0 ? (real)-1 : (real)1;
  return ((a == 0) & (b == 0)) ? a : direction / sqrt_of(1 + ratio * ratio);
}
void VARIANT(hypot_slope_row)(const sg_row *row) { map_scalar_2(hypot_slope_of, row); }
