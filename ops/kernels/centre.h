// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_CENTRE_H
#define SELENOGRAD_KERNELS_CENTRE_H

#include "ops/kernels/reduce.h"

// y = (x - mean) scale + shift in double, with one of each for each output of the layout. y may be x. The items are
// the pieces of at most REDUCE_PIECE elements that the rows are cut into, the rows of one mean after the other.
typedef struct centre_arguments {
  reduce_layout layout;
  int64_t pieces; // of one row
  const void *x;
  const double *mean, *scale, *shift; // NULL: a scale of 1, no shift; with a shift there is a scale
  void *y;
} centre_arguments;

struct centre_kernels {
  sg_kernel *apply;
};

#endif
