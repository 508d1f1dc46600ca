// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_MAX_POOL_H
#define SELENOGRAD_KERNELS_MAX_POOL_H

#include "ops/kernels/kernels.h"
#include "ops/kernels/windows.h"

typedef struct max_pool_arguments {
  const windows *windows; // every one of which sees a pixel
  int64_t index_base;
  const void *x;  // images x in
  void *y;        // images x out
  int64_t *index; // of the largest pixel in its image, plus index_base
} max_pool_arguments;

struct max_pool_kernels {
  sg_kernel *forward; // items are images, of one channel
};

#endif
