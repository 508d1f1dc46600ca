// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where values belong in lines that are in order.
#ifndef SELENOGRAD_KERNELS_BOUNDS_H
#define SELENOGRAD_KERNELS_BOUNDS_H

#include <stdbool.h>

#include "ops/kernels/kernels.h"

// y = how many of the `count` boundaries of its line come before a value: those below it, or with `right` those not
// above it, and `base`. A NaN comes behind all boundaries. There are `each` values to a line, or all for the one.
// The items are the values.
typedef struct bounds_arguments {
  int64_t count, each, base;
  bool right;
  const void *boundaries, *values;
  int64_t *y;
} bounds_arguments;

struct bounds_kernels {
  sg_kernel *find;
};

#endif
