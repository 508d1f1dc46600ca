// SPDX-License-Identifier: GPL-3.0-or-later
//
// Losses that are a function of x - target, element by element.
#ifndef SELENOGRAD_KERNELS_PAIR_LOSS_H
#define SELENOGRAD_KERNELS_PAIR_LOSS_H

#include "ops/kernels/kernels.h"
#include <stdbool.h>

enum { PAIR_LOSS_BLOCK = 4096 }; // elements of one partial sum

typedef struct pair_loss_arguments {
  int64_t count;
  const void *x, *target;
  void *y;      // losses
  double *sums; // one per block of PAIR_LOSS_BLOCK elements
  bool wide;    // sums: every term in double
  double scale; // of each term of a wide sum, and of the derivative
  const void *d_y;
  int64_t d_y_stride;   // 1, or 0 when d_y is one number
  void *d_x, *d_target; // NULL: not wanted
} pair_loss_arguments;

struct pair_loss_kernels {
  sg_kernel *square, *absolute;           // y; items are elements
  sg_kernel *square_sums, *absolute_sums; // sums; items are blocks
  sg_kernel *d_square, *d_absolute;       // d_x and d_target; items are elements
};

#endif
