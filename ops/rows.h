// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elementwise loops: a row function (ops/kernels/row_list.h) runs over tensors that broadcast to one shape. The
// walk over rows and the split over threads are here, once for all functions, dtypes and instruction sets.
#ifndef SELENOGRAD_ROWS_H
#define SELENOGRAD_ROWS_H

#include "autograd/op.h"
#include "ops/kernels/row.h"

// How operands lie along the result, which is `outer` rows of `inner` elements. Only the front, up to the last
// outer dimension, means something: sg_rows_layout_bytes.
typedef struct sg_rows_layout {
  int64_t elements;                      // of the result
  int64_t inner;                         // elements of a row
  unsigned char rank;                    // of the outer dimensions; 0: there is one row
  unsigned char stride[SG_ROW_OPERANDS]; // in a row: 1, or 0 for an operand that is one number there
  struct {
    int64_t size, stride[SG_ROW_OPERANDS]; // in elements
  } outer[SG_MAX_RANK - 1];                // the slowest first
} sg_rows_layout;

// Operands (at most SG_ROW_OPERANDS) that broadcast to `result`, in as few and long rows as can be. For one that is
// absent stands the shape of a scalar.
void sg_rows_lay_out(sg_rows_layout *layout, const sg_shape *result, int count, const sg_shape *const *operands);
// Operands that have the shape of the result.
void sg_rows_lay_out_alike(sg_rows_layout *layout, int64_t elements);
size_t sg_rows_layout_bytes(const sg_rows_layout *layout);

typedef struct sg_rows {
  const sg_rows_layout *layout;              // NULL: everything has one shape
  const sg_tensor *operand[SG_ROW_OPERANDS]; // NULL: absent
  sg_tensor *result[SG_ROW_RESULTS];         // NULL: not wanted, or none
  const void *parameter;                     // what the row function reads beside
  // Set: that of the row. Operands may be integers and bools beside, which it meets as numbers of its own; then
  // there is a layout.
  sg_dtype dtype;
  int64_t work; // of one element, in additions of two numbers, where that is more than a few; it sets the grain
} sg_rows;

// Computes every row, few elements right here, many over threads. An operand may be a result too if it has its
// shape.
void sg_rows_run(sg_context *context, sg_row_function *function, const sg_rows *rows);
// The same with the row function of that name for the dtype of a call.
void sg_rows_compute(const sg_call *call, sg_row_name row, const sg_rows *rows);

// The sum over all elements of what a row function would put into its result, in double (ops/kernels/row_sum.h).
// `wide`: every term is computed in f64. `scratch` has room for sg_rows_sum_bytes.
double sg_rows_sum(const sg_call *call, sg_row_name row, const sg_rows *rows, bool wide, void *scratch);
size_t sg_rows_sum_bytes(int64_t elements, int64_t work);

#endif
