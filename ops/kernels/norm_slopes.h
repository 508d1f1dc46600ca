// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_NORM_SLOPES_H
#define SELENOGRAD_KERNELS_NORM_SLOPES_H

#include "ops/kernels/reduce.h"

// The derivatives of norms by elements, in double, with one norm and one cotangent for each output of the layout:
//   d_x = d_y sign(x) (|x| / norm)^(order - 1), 0 where x or the norm is 0
// An infinite order, of either sign: d_y sign(x) where |x| is the norm, 0 elsewhere, and NaN where d_y is. The
// items are the pieces of at most REDUCE_PIECE elements that the rows are cut into.
typedef struct norm_slope_arguments {
  const reduce_layout *layout;
  int64_t pieces; // of one row
  double order;
  const void *x;
  const double *norm, *d_y;
  void *d_x;
} norm_slope_arguments;

struct norm_slopes_kernels {
  sg_kernel *apply;
};

#endif
