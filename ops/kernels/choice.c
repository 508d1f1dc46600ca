// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/row_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

// One condition for the whole row.
static void choose_all(const sg_row *row, bool holds) {
  const int chosen = holds ? 1 : 2;
  const real *source = row->operand[chosen];
  real *y = row->result[0];
  if (row->stride[chosen])
    memmove(y, source, (size_t)row->count * sizeof *y);
  else
    for (int64_t i = 0; i < row->count; i++) y[i] = source[0];
}

// `condition` is real or int64_t.
ALWAYS_INLINE void choose(const real *number, const int64_t *integer, const sg_row *row) {
  const real *a = row->operand[1], *b = row->operand[2];
  real *y = row->result[0];
  const int64_t count = row->count, a_stride = row->stride[1], b_stride = row->stride[2];
  const real a_0 = a[0], b_0 = b[0];
  if (!row->stride[0]) {
    choose_all(row, number ? number[0] != 0 : integer[0] != 0);
  } else if (a_stride && b_stride) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = (number ? number[i] != 0 : integer[i] != 0) ? a[i] : b[i];
  } else if (a_stride) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = (number ? number[i] != 0 : integer[i] != 0) ? a[i] : b_0;
  } else {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = (number ? number[i] != 0 : integer[i] != 0) ? a_0 : b[i * b_stride];
  }
}

void VARIANT(where_row)(const sg_row *row) { choose(row->operand[0], NULL, row); }
void VARIANT(where_integer_row)(const sg_row *row) { choose(NULL, row->operand[0], row); }
