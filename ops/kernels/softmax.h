// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_SOFTMAX_H
#define SELENOGRAD_KERNELS_SOFTMAX_H

#include "ops/kernels/kernels.h"

// Data laid out as (outer, count, inner), normalized over count.
typedef struct softmax_arguments {
  int64_t outer, count, inner;
  const void *x; // forward
  void *y;       // forward writes it, backward reads it
  const void *d_y;
  void *d_x;
} softmax_arguments;

enum { SOFTMAX_STRIP = 64 }; // columns of one item; inner takes (inner + SOFTMAX_STRIP - 1) / SOFTMAX_STRIP items

enum { SOFTMAX, LOG_SOFTMAX, SOFTMAX_KINDS };

struct softmax_kernels {
  sg_kernel *forward[SOFTMAX_KINDS], *backward[SOFTMAX_KINDS];
};

#endif
