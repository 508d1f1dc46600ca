// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hyperbolic functions and their inverses over the whole range of numbers, with first derivatives.
#include "ops/kernels/row_vector.h"

static const real log_2 = (real)0.69314718055994530942;

// Beyond it exp may overflow where its half does not.
#if defined(SG_KERNEL_F32)
static const real near_overflow = 80;
#else
static const real near_overflow = 700;
#endif

ALWAYS_INLINE vreal vector_sinh(vreal x) {
  const vreal size = vector_abs(x), zero = vector_splat(0);
  const vmask large = (vmask)(size > near_overflow);
  const vreal t = vector_quick_expm1(size - vector_select(large, vector_splat(log_2), zero));
  return vector_with_sign(vector_select(large, t, (real)0.5 * (t + t / (t + 1))), x);
}

ALWAYS_INLINE vreal vector_cosh(vreal x) {
  const vreal size = vector_abs(x), zero = vector_splat(0);
  const vmask large = (vmask)(size > near_overflow);
  const vreal e = vector_exp(size - vector_select(large, vector_splat(log_2), zero));
  return vector_select(large, e, (real)0.5 * e + (real)0.5 / e);
}

void VARIANT(sinh_row)(const sg_row *row) { map_vector(vector_sinh, row); }
void VARIANT(cosh_row)(const sg_row *row) { map_vector(vector_cosh, row); }

// d_x = d_y cosh(x)
ALWAYS_INLINE vreal sinh_slope(vreal x, vreal d_y) { return d_y * vector_cosh(x); }
void VARIANT(d_sinh_row)(const sg_row *row) { map_vector_slope(sinh_slope, row); }

// d_x = d_y sinh(x)
ALWAYS_INLINE vreal cosh_slope(vreal x, vreal d_y) { return d_y * vector_sinh(x); }
void VARIANT(d_cosh_row)(const sg_row *row) { map_vector_slope(cosh_slope, row); }

// ---- Inverses ---------------------------------------------------------------------------------------

// log(2 x) where 1 is nothing beside x, as log1p(x / 2^DOWN) + (DOWN + 1) log(2): no square overflows here.
#if defined(SG_KERNEL_F32)
enum { DOWN = 30 };
static const real far_away = 0x1p60F, scaled_down = 0x1p-30F;
#else
enum { DOWN = 400 };
static const real far_away = 0x1p500, scaled_down = 0x1p-400;
#endif

// log1p(x - 1), where the caller gives what is to be taken for x - 1 where x is not far away
ALWAYS_INLINE vreal logarithm_of_sum(vreal size, vreal near) {
  const vmask far = (vmask)(size > far_away);
  const vreal shift = vector_select(far, vector_splat((DOWN + 1) * log_2), vector_splat(0));
  return vector_log1p(vector_select(far, size * scaled_down, near)) + shift;
}

// log(|x| + sqrt(x^2 + 1)), with the sign of x
ALWAYS_INLINE vreal vector_asinh(vreal x) {
  const vreal size = vector_abs(x), square = x * x;
  return vector_with_sign(logarithm_of_sum(size, size + square / (1 + vector_sqrt(1 + square))), x);
}

// log(x + sqrt(x^2 - 1))
ALWAYS_INLINE vreal vector_acosh(vreal x) {
  const vreal above = x - 1;
  return logarithm_of_sum(x, above + vector_sqrt(above) * vector_sqrt(x + 1));
}

void VARIANT(asinh_row)(const sg_row *row) { map_vector(vector_asinh, row); }
void VARIANT(acosh_row)(const sg_row *row) { map_vector(vector_acosh, row); }
void VARIANT(atanh_row)(const sg_row *row) { map_vector(vector_atanh, row); }

// d_x = d_y / sqrt(x^2 + 1); where x^2 may overflow, with r = 1 / |x|: d_y r / sqrt(1 + r^2)
ALWAYS_INLINE real asinh_slope(real x, real d_y) {
  const real size = x < 0 ? -x : x, r = 1 / size, smaller = size > 1 ? r : size;
  return d_y * (size > 1 ? r : 1) / sqrt_of(1 + smaller * smaller);
}
void VARIANT(d_asinh_row)(const sg_row *row) { map_slope(asinh_slope, row); }

// d_x = d_y / sqrt(x^2 - 1)
ALWAYS_INLINE real acosh_slope(real x, real d_y) { return d_y / (sqrt_of(x - 1) * sqrt_of(x + 1)); }
void VARIANT(d_acosh_row)(const sg_row *row) { map_slope(acosh_slope, row); }

// d_x = d_y / (1 - x^2)
ALWAYS_INLINE real atanh_slope(real x, real d_y) { return d_y / ((1 - x) * (1 + x)); }
void VARIANT(d_atanh_row)(const sg_row *row) { map_slope(atanh_slope, row); }
