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

#endif
