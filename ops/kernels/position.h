// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the largest or smallest element is, of any dtype.
#ifndef SELENOGRAD_KERNELS_POSITION_H
#define SELENOGRAD_KERNELS_POSITION_H

#include <stdbool.h>

#include "ops/kernels/kernels.h"

// The first position of the largest (or smallest) element along the middle of (outer, count, inner). NaN wins.
// The items are the outer * inner results, in row-major order.
typedef struct position_arguments {
  const void *x;
  int64_t count, inner;
  int64_t base; // added to the positions
  bool minimum;
  void *values; // NULL: not wanted
  int64_t *positions;
} position_arguments;

// d_x is 0 but where elements of the lines (outer, count, inner) were taken, `kept` of each line: what arrives
// there, in d_y. Neighbours of one position, as cumulative ones have them, are added up in double. The items are
// lines.
typedef struct return_arguments {
  const void *d_y;
  const int64_t *positions; // as d_y (outer, kept, inner), counted from `base`
  int64_t kept, count, inner, base;
  void *d_x;
} return_arguments;

// `cumulative`: the best so far at every element, and its last position; an item is a line. `give_back` takes
// return_arguments, and is NULL for integers.
struct position_kernels {
  sg_kernel *find, *cumulative, *give_back;
};

#endif
