// SPDX-License-Identifier: GPL-3.0-or-later
//
// Exponentials and logarithms to several bases and near 1, and their first derivatives.
#include "ops/kernels/row_vector.h"

void VARIANT(exp2_row)(const sg_row *row) { map_vector(vector_exp2, row); }
void VARIANT(expm1_row)(const sg_row *row) { map_vector(vector_expm1, row); }
void VARIANT(log1p_row)(const sg_row *row) { map_vector(vector_log1p_of_any, row); }
void VARIANT(log2_row)(const sg_row *row) { map_vector(vector_log2, row); }
void VARIANT(log10_row)(const sg_row *row) { map_vector(vector_log10, row); }

// d_x = d_y log(2) 2^x, with 2^(x - 2) first: 2^x may overflow where the result does not.
ALWAYS_INLINE vreal exp2_slope(vreal x, vreal d_y) {
  const real four_log_2 = (real)2.77258872223978123767;
  return d_y * (four_log_2 * vector_exp2(x - 2));
}
void VARIANT(d_exp2_row)(const sg_row *row) { map_vector_slope(exp2_slope, row); }

// d_x = d_y exp(x)
ALWAYS_INLINE vreal expm1_slope(vreal x, vreal d_y) { return d_y * vector_exp(x); }
void VARIANT(d_expm1_row)(const sg_row *row) { map_vector_slope(expm1_slope, row); }

// d_x = d_y / (1 + x)
ALWAYS_INLINE real log1p_slope(real x, real d_y) { return d_y / (1 + x); }
void VARIANT(d_log1p_row)(const sg_row *row) { map_slope(log1p_slope, row); }

// d_x = d_y / x / log(2)
ALWAYS_INLINE real log2_slope(real x, real d_y) { return d_y / x * (real)1.44269504088896340736; }
void VARIANT(d_log2_row)(const sg_row *row) { map_slope(log2_slope, row); }

// d_x = d_y / x / log(10), where d_y / x may overflow alone
ALWAYS_INLINE real log10_slope(real x, real d_y) {
  const real one_over_log_10 = (real)0.43429448190325182765, quotient = d_y / x;
  return quotient - quotient == 0 ? quotient * one_over_log_10 : d_y * one_over_log_10 / x;
}
void VARIANT(d_log10_row)(const sg_row *row) { map_slope(log10_slope, row); }

// log(exp(a) + exp(b)); where both are the same infinity, their difference counts as 0
ALWAYS_INLINE vreal logaddexp_of(vreal a, vreal b) {
  const vreal zero = vector_splat(0), difference = vector_select((vmask)(a == b), zero, a - b);
  const vreal larger = vector_select((vmask)(a > b) | (vmask)(a != a), a, b);
  return larger + vector_log1p(vector_exp(-vector_abs(difference)));
}
void VARIANT(logaddexp_row)(const sg_row *row) { map_vector_2(logaddexp_of, row); }

// a log(b), 0 where a is 0 and b is a number
ALWAYS_INLINE vreal xlogy_of(vreal a, vreal b) {
  return vector_select((vmask)(a == 0) & (vmask)(b == b), vector_splat(0), a * vector_log(b));
}
void VARIANT(xlogy_row)(const sg_row *row) { map_vector_2(xlogy_of, row); }

// log(z / (1 - z)), z = x limited to [eps, 1 - eps] where eps >= 0; d_x = d_y / (x (1 - x)) inside
ALWAYS_INLINE vreal logit_of(vreal x, vreal eps, vreal unused) {
  (void)unused;
  const vmask limited = (vmask)(eps >= 0);
  const vreal z = vector_select(limited & (vmask)(x < eps), eps, x), high = 1 - eps;
  const vreal limited_z = vector_select(limited & (vmask)(z > high), high, z);
  return vector_log(limited_z / (1 - limited_z));
}
void VARIANT(logit_row)(const sg_row *row) { map_vector_with(logit_of, row, 1); }

ALWAYS_INLINE real logit_slope(real x, real d_y, real eps, real unused) {
  return (void)unused, ((eps >= 0) & ((x < eps) | (x > 1 - eps))) ? 0 : d_y / (x * (1 - x));
}
void VARIANT(d_logit_row)(const sg_row *row) { map_slope_with(logit_slope, row, 1); }
