// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_DROPOUT_H
#define SELENOGRAD_KERNELS_DROPOUT_H

#include "autograd/op.h"
#include "ops/kernels/kernels.h"

typedef struct dropout_arguments {
  double p;
  sg_random_state start; // element i takes the number i from here
  const void *x;
  void *y, *mask;
} dropout_arguments;

struct dropout_kernels {
  sg_kernel *forward;  // mask = uniform number < p ? 0 : 1 / (1 - p), y = x mask
  sg_kernel *backward; // y = x mask
};                     // items are elements

#endif
