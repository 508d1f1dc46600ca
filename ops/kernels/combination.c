// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums and products of three operands.
#include "ops/kernels/row_map.h"

typedef real scalar_function_3(real a, real b, real c, real parameter);

ALWAYS_INLINE void map_strided_3(scalar_function_3 *f, const sg_row *row, real parameter, int64_t a_stride,
                                 int64_t b_stride, int64_t c_stride) {
  const real *a = row->operand[0], *b = row->operand[1], *c = row->operand[2];
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = f(a[i * a_stride], b[i * b_stride], c[i * c_stride], parameter);
}

ALWAYS_INLINE void map_scalar_3(scalar_function_3 *f, const sg_row *row, real parameter) {
  const int64_t *stride = row->stride;
  if (stride[0] && stride[1] && stride[2])
    map_strided_3(f, row, parameter, 1, 1, 1);
  else if (stride[0] && stride[1])
    map_strided_3(f, row, parameter, 1, 1, 0);
  else
    map_strided_3(f, row, parameter, stride[0], stride[1], stride[2]);
}

// a + c (b - a), from the end that is nearer, so that both ends are exact
ALWAYS_INLINE real lerp_of(real a, real b, real c, real unused) {
  (void)unused;
  return (c < (real)0.5) & (c > (real)-0.5) ? a + c * (b - a) : b - (b - a) * (1 - c);
}
void VARIANT(lerp_row)(const sg_row *row) { map_scalar_3(lerp_of, row, 0); }

ALWAYS_INLINE real size_of(real x) { return x < 0 ? -x : x; }

// Large factors meet small ones first, so that nothing between leaves the range where the product does not.
ALWAYS_INLINE real addcmul_of(real a, real b, real c, real value) {
  const int first_b = (size_of(b) > size_of(c)) == (size_of(value) < 1);
  return a + value * (first_b ? b : c) * (first_b ? c : b);
}
void VARIANT(addcmul_row)(const sg_row *row) { map_scalar_3(addcmul_of, row, parameter_of(row, 0)); }

ALWAYS_INLINE real addcdiv_of(real a, real b, real c, real value) {
  return a + ((size_of(value) > 1) & (size_of(b) > 1) ? b / c * value : value * b / c);
}
void VARIANT(addcdiv_row)(const sg_row *row) { map_scalar_3(addcdiv_of, row, parameter_of(row, 0)); }
