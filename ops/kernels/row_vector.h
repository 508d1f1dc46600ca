// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same for functions on vectors of elements.
#ifndef SELENOGRAD_KERNELS_ROW_VECTOR_H
#define SELENOGRAD_KERNELS_ROW_VECTOR_H

#include "ops/kernels/row_map.h"
#include "ops/kernels/vector_math.h"

typedef vreal vector_function(vreal x);
typedef vreal vector_function_2(vreal a, vreal b);

ALWAYS_INLINE void map_vector(vector_function *f, const sg_row *row) {
  vector_map(f, row->operand[0], row->result[0], row->count);
}

ALWAYS_INLINE void map_vector_slope(vector_function_2 *f, const sg_row *row) {
  vector_map_2(f, row->operand[0], 1, row->operand[1], 1, row->result[0], row->count);
}

ALWAYS_INLINE void map_vector_2(vector_function_2 *f, const sg_row *row) {
  vector_map_2(f, row->operand[0], row->stride[0], row->operand[1], row->stride[1], row->result[0], row->count);
}

// The same with one or two numbers as parameters of the function.
typedef vreal vector_function_with(vreal x, vreal p, vreal q);
typedef vreal vector_slope_function_with(vreal x, vreal d_y, vreal p, vreal q);

ALWAYS_INLINE void map_vector_with(vector_function_with *f, const sg_row *row, int parameters) {
  const vreal p = vector_splat(parameter_of(row, 0));
  const vreal q = vector_splat(parameters > 1 ? parameter_of(row, 1) : 0);
  const real *x = row->operand[0];
  real *y = row->result[0];
  int64_t i = 0;
  for (; i + VECTOR_LANES <= row->count; i += VECTOR_LANES) vector_store(y + i, f(vector_load(x + i), p, q));
  const int64_t left = row->count - i;
  if (left) vector_store_part(y + i, f(vector_load_part(x + i, left, 1), p, q), left);
}

ALWAYS_INLINE void map_vector_slope_with(vector_slope_function_with *f, const sg_row *row, int parameters) {
  const vreal p = vector_splat(parameter_of(row, 0));
  const vreal q = vector_splat(parameters > 1 ? parameter_of(row, 1) : 0);
  const real *x = row->operand[0], *d_y = row->operand[1];
  real *d_x = row->result[0];
  int64_t i = 0;
  for (; i + VECTOR_LANES <= row->count; i += VECTOR_LANES)
    vector_store(d_x + i, f(vector_load(x + i), vector_load(d_y + i), p, q));
  const int64_t left = row->count - i;
  if (left == 0) return;
  const vreal last_x = vector_load_part(x + i, left, 1), last_d_y = vector_load_part(d_y + i, left, 1);
  vector_store_part(d_x + i, f(last_x, last_d_y, p, q), left);
}

#endif
