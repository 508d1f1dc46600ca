// SPDX-License-Identifier: GPL-3.0-or-later
//
// Products over dimensions, and those of all factors but one. Layouts, items and chunks are those of
// ops/kernels/reduce.h.
#ifndef SELENOGRAD_KERNELS_PROD_H
#define SELENOGRAD_KERNELS_PROD_H

#include "ops/kernels/reduce.h"

enum { PROD_FACTORS_BYTES = 48 };

typedef struct prod_arguments {
  const reduce_layout *layout;
  const void *x;
  void *factors;   // [chunks, outputs], of PROD_FACTORS_BYTES each
  const void *d_y; // for others: what they are multiplied by, one for each output; NULL: nothing
  void *out;       // NULL: not wanted
  int64_t pieces;  // of one row, for others
} prod_arguments;

// rows and columns fill in factors. The items of `combine` are outputs: the chunks come together in the first one,
// and their product goes to out. Then `others` puts the product of all but each element into out, of the shape of
// x; its items are the pieces of at most REDUCE_PIECE elements that the rows are cut into, those of one output one
// after the other.
struct prod_kernels {
  sg_kernel *rows, *columns, *combine, *others;
};

#endif
