// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_DISTANCES_H
#define SELENOGRAD_KERNELS_DISTANCES_H

#include "ops/kernels/kernels.h"

// Distances of the rows of x[0], `rows[0]` in each of a batch, from those of x[1]: norms of order p of their
// differences, which are exact or rounded once, in double. Items are rows of all the batch: of x[0] in forward, of
// x[side] in backward, which gives each the sum over the rows of the other
//
//   d_x[0][i] = sum over j of d_y[i, j] sign(d) (|d| / y[i, j])^(p - 1),   d = x[0][i] - x[1][j];  minus that for 1
typedef struct distance_arguments {
  int64_t rows[2], width;
  double p; // at least 0; of a width of 1 backward takes every one but 0 for 1
  int side;
  const void *x[2];
  const void *d_y;
  void *y, *d_x;
} distance_arguments;

struct distances_kernels {
  sg_kernel *forward, *backward;
};

#endif
