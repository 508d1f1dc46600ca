// SPDX-License-Identifier: GPL-3.0-or-later
//
// Integers beside floating numbers: as those of the row's type, rounded once. x is dense.
#include "ops/kernels/row_map.h"

void VARIANT(from_i64_row)(const sg_row *row) {
  const int64_t *x = row->operand[0];
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)x[i];
}

void VARIANT(from_byte_row)(const sg_row *row) {
  const uint8_t *x = row->operand[0];
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = (real)x[i];
}
