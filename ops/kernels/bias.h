// SPDX-License-Identifier: GPL-3.0-or-later
//
// A value per channel, over data laid out as (outer, channels, inner).
#ifndef SELENOGRAD_KERNELS_BIAS_H
#define SELENOGRAD_KERNELS_BIAS_H

#include "ops/kernels/kernels.h"

typedef struct bias_arguments {
  int64_t outer, channels, inner;
  void *data;   // fill writes it, sum reads it
  void *values; // one per channel: fill reads them, sum writes them
} bias_arguments;

struct bias_kernels {
  sg_kernel *fill; // data[o,c,i] = values[c]; items are pairs (o,c)
  sg_kernel *sum;  // values[c] = sum over o and i of data[o,c,i]; items are channels
};

enum { BIAS_SUM_GRAIN = 64 }; // channels per block of `sum`

#endif
