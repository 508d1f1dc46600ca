// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rows whose results are bools.
#include "ops/kernels/row_map.h"

#include <stdbool.h>

typedef bool test_function(real x);
typedef bool test_function_2(real a, real b);

ALWAYS_INLINE void map_test(test_function *f, const sg_row *row) {
  const real *x = row->operand[0];
  uint8_t *y = row->result[0];
  const int64_t count = row->count;
#pragma omp simd
  for (int64_t i = 0; i < count; i++) y[i] = f(x[i]);
}

ALWAYS_INLINE void map_test_2(test_function_2 *f, const sg_row *row) {
  const real *a = row->operand[0], *b = row->operand[1];
  uint8_t *y = row->result[0];
  const int64_t count = row->count;
  if (row->stride[0] && row->stride[1]) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = f(a[i], b[i]);
  } else if (row->stride[0]) {
    const real b_0 = b[0];
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = f(a[i], b_0);
  } else {
    const real a_0 = a[0];
    const int64_t stride = row->stride[1];
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = f(a_0, b[i * stride]);
  }
}

ALWAYS_INLINE bool eq_of(real a, real b) { return a == b; }
ALWAYS_INLINE bool ne_of(real a, real b) { return a != b; }
ALWAYS_INLINE bool lt_of(real a, real b) { return a < b; }
ALWAYS_INLINE bool le_of(real a, real b) { return a <= b; }
ALWAYS_INLINE bool gt_of(real a, real b) { return a > b; }
ALWAYS_INLINE bool ge_of(real a, real b) { return a >= b; }

void VARIANT(eq_row)(const sg_row *row) { map_test_2(eq_of, row); }
void VARIANT(ne_row)(const sg_row *row) { map_test_2(ne_of, row); }
void VARIANT(lt_row)(const sg_row *row) { map_test_2(lt_of, row); }
void VARIANT(le_row)(const sg_row *row) { map_test_2(le_of, row); }
void VARIANT(gt_row)(const sg_row *row) { map_test_2(gt_of, row); }
void VARIANT(ge_row)(const sg_row *row) { map_test_2(ge_of, row); }

ALWAYS_INLINE bool and_of(real a, real b) { return (a != 0) & (b != 0); }
ALWAYS_INLINE bool or_of(real a, real b) { return (a != 0) | (b != 0); }
ALWAYS_INLINE bool xor_of(real a, real b) { return (a != 0) ^ (b != 0); }
ALWAYS_INLINE bool not_of(real x) { return x == 0; }

void VARIANT(logical_and_row)(const sg_row *row) { map_test_2(and_of, row); }
void VARIANT(logical_or_row)(const sg_row *row) { map_test_2(or_of, row); }
void VARIANT(logical_xor_row)(const sg_row *row) { map_test_2(xor_of, row); }
void VARIANT(logical_not_row)(const sg_row *row) { map_test(not_of, row); }

#if defined(SG_KERNEL_F32) || defined(SG_KERNEL_F64)
// x - x is 0 for numbers, and NaN for infinities and NaN.
ALWAYS_INLINE bool nan_of(real x) { return x != x; }
ALWAYS_INLINE bool infinite_of(real x) { return (x == x) & (x - x != 0); }
ALWAYS_INLINE bool finite_of(real x) { return x - x == 0; }
#else
ALWAYS_INLINE bool nan_of(real x) { return (void)x, false; }
ALWAYS_INLINE bool infinite_of(real x) { return (void)x, false; }
ALWAYS_INLINE bool finite_of(real x) { return (void)x, true; }
#endif

void VARIANT(isnan_row)(const sg_row *row) { map_test(nan_of, row); }
void VARIANT(isinf_row)(const sg_row *row) { map_test(infinite_of, row); }
void VARIANT(isfinite_row)(const sg_row *row) { map_test(finite_of, row); }
