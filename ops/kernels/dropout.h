// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_DROPOUT_H
#define SELENOGRAD_KERNELS_DROPOUT_H

#include <stdint.h>

// mask = uniform number < p ? 0 : 1 / (1 - p), y = x mask
typedef struct dropout_parameter {
  double p;
  uint64_t seed, position; // of the random stream: element i takes number `position` + i
} dropout_parameter;

// slope = x > 0 ? 1 : lower + (upper - lower) times a uniform number, y = x slope
typedef struct rrelu_parameter {
  double lower, upper;
  uint64_t seed, position;
} rrelu_parameter;

#endif
