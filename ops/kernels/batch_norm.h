// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_BATCH_NORM_H
#define SELENOGRAD_KERNELS_BATCH_NORM_H

#include <stdbool.h>

#include "ops/kernels/kernels.h"

// x is [batch, channels, spatial]. The items of every kernel are channels. gamma and beta may be NULL (1 and 0).
typedef struct batch_norm_forward {
  int64_t batch, channels, spatial;
  double eps;
  const void *x, *gamma, *beta;
  const void *given_mean, *given_var; // not NULL: normalize with these instead of the batch's own
  void *y;
  void *mean, *var; // [channels], written unless statistics are given
} batch_norm_forward;

// Every d_ pointer may be NULL: that gradient is not wanted. So may the cotangents of the statistics: not used.
typedef struct batch_norm_backward {
  int64_t batch, channels, spatial;
  double eps;
  bool given; // mean and var are constants of the forward call, not functions of x
  const void *x, *gamma, *mean, *var, *dy;
  const void *mean_cotangent, *var_cotangent; // only where the statistics were not given
  void *d_x, *d_gamma, *d_beta;
  void *d_mean, *d_var; // only where the statistics were given
} batch_norm_backward;

struct batch_norm_kernels {
  sg_kernel *forward;
  sg_kernel *backward;
};

#endif
