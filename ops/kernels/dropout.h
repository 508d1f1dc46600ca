// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_DROPOUT_H
#define SELENOGRAD_KERNELS_DROPOUT_H

#include "ops/kernels/kernels.h"

typedef struct dropout_arguments {
  double p;
  uint64_t seed, position; // of the random stream: element i takes number `position` + i
  const void *x;
  void *y, *mask;
} dropout_arguments;

struct dropout_kernels {
  sg_kernel *forward;  // mask = uniform number < p ? 0 : 1 / (1 - p), y = x mask
  sg_kernel *backward; // y = x mask
};                     // items are elements

#endif
