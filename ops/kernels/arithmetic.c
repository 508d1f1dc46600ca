// SPDX-License-Identifier: GPL-3.0-or-later
//
// Arithmetic on numbers of every dtype. That of integers is modulo 2^64.
#include "ops/kernels/row_map.h"

// ---- One element ------------------------------------------------------------------------------------

ALWAYS_INLINE real neg_of(real x) { return (real) - (ring)x; }
void VARIANT(neg_row)(const sg_row *row) { map_scalar(neg_of, row); }

ALWAYS_INLINE real sign_of(real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
void VARIANT(sign_row)(const sg_row *row) { map_scalar(sign_of, row); }

ALWAYS_INLINE real abs_of(real x) { return x < 0 ? neg_of(x) : x + 0; }
void VARIANT(abs_row)(const sg_row *row) { map_scalar(abs_of, row); }

ALWAYS_INLINE real square_of(real x) { return (real)((ring)x * (ring)x); }
void VARIANT(square_row)(const sg_row *row) { map_scalar(square_of, row); }

// ---- Two elements -----------------------------------------------------------------------------------

ALWAYS_INLINE real add_of(real a, real b) { return (real)((ring)a + (ring)b); }
void VARIANT(add_row)(const sg_row *row) { map_scalar_2(add_of, row); }

ALWAYS_INLINE real sub_of(real a, real b) { return (real)((ring)a - (ring)b); }
void VARIANT(sub_row)(const sg_row *row) { map_scalar_2(sub_of, row); }

ALWAYS_INLINE real mul_of(real a, real b) { return (real)((ring)a * (ring)b); }
void VARIANT(mul_row)(const sg_row *row) { map_scalar_2(mul_of, row); }

ALWAYS_INLINE void add_scaled(const sg_row *row, int64_t a_stride, int64_t b_stride) {
  const real *a = row->operand[0], *b = row->operand[1];
  const ring alpha = (ring)parameter_of(row, 0);
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)((ring)a[i * a_stride] + alpha * (ring)b[i * b_stride]);
}

void VARIANT(add_scaled_row)(const sg_row *row) {
  if (row->stride[0] && row->stride[1])
    add_scaled(row, 1, 1);
  else if (row->stride[0])
    add_scaled(row, 1, 0);
  else
    add_scaled(row, 0, row->stride[1]);
}

#if defined(SG_KERNEL_I64)
ALWAYS_INLINE int is_nan(real x) { return (void)x, 0; }
#else
ALWAYS_INLINE int is_nan(real x) { return x != x; }
#endif

// A NaN on either side gives NaN.
ALWAYS_INLINE real maximum_of(real a, real b) { return ((a > b) | is_nan(a)) ? a : b; }
void VARIANT(maximum_row)(const sg_row *row) { map_scalar_2(maximum_of, row); }

ALWAYS_INLINE real minimum_of(real a, real b) { return ((a < b) | is_nan(a)) ? a : b; }
void VARIANT(minimum_row)(const sg_row *row) { map_scalar_2(minimum_of, row); }

// ---- Floating numbers only --------------------------------------------------------------------------

#if !defined(SG_KERNEL_I64)

// d_x = d_y sign(x)
ALWAYS_INLINE real abs_slope(real x, real d_y) { return d_y * sign_of(x); }
void VARIANT(d_abs_row)(const sg_row *row) { map_slope(abs_slope, row); }

// d_x = 2 x d_y
ALWAYS_INLINE real square_slope(real x, real d_y) { return 2 * (x * d_y); }
void VARIANT(d_square_row)(const sg_row *row) { map_slope(square_slope, row); }

ALWAYS_INLINE real div_of(real a, real b) { return a / b; }
void VARIANT(div_row)(const sg_row *row) { map_scalar_2(div_of, row); }

#endif
