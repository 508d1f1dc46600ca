// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/row_map.h"

#include <stdbool.h>
#include <string.h>

// Conditions are of any dtype; not 0 is true.
typedef enum condition_type { F32, F64, I64, BYTE } condition_type;

ALWAYS_INLINE bool holds(condition_type type, const void *condition, int64_t i) {
  return type == F32   ? ((const float *)condition)[i] != 0
         : type == F64 ? ((const double *)condition)[i] != 0
         : type == I64 ? ((const int64_t *)condition)[i] != 0
                       : ((const unsigned char *)condition)[i] != 0;
}

// One condition for the whole row.
static void choose_all(const sg_row *row, bool first) {
  const int chosen = first ? 1 : 2;
  const real *source = row->operand[chosen];
  real *y = row->result[0];
  if (row->stride[chosen])
    memmove(y, source, (size_t)row->count * sizeof *y);
  else
    for (int64_t i = 0; i < row->count; i++) y[i] = source[0];
}

ALWAYS_INLINE void choose(condition_type type, const sg_row *row) {
  const void *condition = row->operand[0];
  const real *a = row->operand[1], *b = row->operand[2], a_0 = a[0], b_0 = b[0];
  real *y = row->result[0];
  const int64_t count = row->count, a_stride = row->stride[1], b_stride = row->stride[2];
  if (!row->stride[0]) {
    choose_all(row, holds(type, condition, 0));
  } else if (a_stride && b_stride) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = holds(type, condition, i) ? a[i] : b[i];
  } else if (a_stride) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = holds(type, condition, i) ? a[i] : b_0;
  } else {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = holds(type, condition, i) ? a_0 : b[i * b_stride];
  }
}

void VARIANT(where_f32_row)(const sg_row *row) { choose(F32, row); }
void VARIANT(where_f64_row)(const sg_row *row) { choose(F64, row); }
void VARIANT(where_i64_row)(const sg_row *row) { choose(I64, row); }
void VARIANT(where_byte_row)(const sg_row *row) { choose(BYTE, row); }
