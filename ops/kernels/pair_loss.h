// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums of losses that are a function of x - target, element by element; the losses themselves are rows.
#ifndef SELENOGRAD_KERNELS_PAIR_LOSS_H
#define SELENOGRAD_KERNELS_PAIR_LOSS_H

#include "ops/kernels/kernels.h"
#include <stdbool.h>

enum { PAIR_LOSS_BLOCK = 4096 }; // elements of one partial sum

typedef struct pair_loss_arguments {
  int64_t count;
  const void *x, *target;
  double *sums; // one per block of PAIR_LOSS_BLOCK elements
  bool wide;    // every term in double
  double scale; // of each term of a wide sum
} pair_loss_arguments;

struct pair_loss_kernels {
  sg_kernel *square_sums, *absolute_sums; // items are blocks
};

#endif
