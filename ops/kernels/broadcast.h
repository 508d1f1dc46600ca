// SPDX-License-Identifier: GPL-3.0-or-later
//
// How kernels walk over tensors of different shapes that broadcast to one: the result is `rows` of `inner`
// contiguous elements each; within a row every operand is contiguous too, or one number.
#ifndef SELENOGRAD_KERNELS_BROADCAST_H
#define SELENOGRAD_KERNELS_BROADCAST_H

#include <stdint.h>

#define BROADCAST_RANK 8
#define BROADCAST_OPERANDS 3

typedef struct broadcast_layout {
  int rank;                                           // of the outer dimensions; 0: there is one row
  int64_t inner;                                      // elements of a row
  int64_t inner_stride[BROADCAST_OPERANDS];           // 1, or 0 for an operand that is one number in a row
  int64_t size[BROADCAST_RANK];                       // outer extents, the slowest first
  int64_t stride[BROADCAST_OPERANDS][BROADCAST_RANK]; // of each operand, in elements
} broadcast_layout;

// A position in the result, and where each operand stands there.
typedef struct broadcast_cursor {
  int64_t column; // in the row
  int64_t index[BROADCAST_RANK];
  int64_t offset[BROADCAST_OPERANDS]; // of the row's first element
} broadcast_cursor;

static inline broadcast_cursor broadcast_start(const broadcast_layout *layout, int64_t position) {
  broadcast_cursor cursor;
  for (int k = 0; k < BROADCAST_OPERANDS; ++k) cursor.offset[k] = 0;
  if (layout->rank == 0) {
    cursor.column = position;
    return cursor;
  }
  int64_t row = position / layout->inner;
  cursor.column = position % layout->inner;
  for (int d = layout->rank - 1; d >= 0; --d) {
    cursor.index[d] = row % layout->size[d];
    row /= layout->size[d];
    for (int k = 0; k < BROADCAST_OPERANDS; ++k) cursor.offset[k] += cursor.index[d] * layout->stride[k][d];
  }
  return cursor;
}

static inline void broadcast_next_row(const broadcast_layout *layout, broadcast_cursor *cursor) {
  cursor->column = 0;
  for (int d = layout->rank - 1; d >= 0; --d) {
    for (int k = 0; k < BROADCAST_OPERANDS; ++k) cursor->offset[k] += layout->stride[k][d];
    if (++cursor->index[d] < layout->size[d]) return;
    cursor->index[d] = 0;
    for (int k = 0; k < BROADCAST_OPERANDS; ++k) cursor->offset[k] -= layout->size[d] * layout->stride[k][d];
  }
}

#endif
