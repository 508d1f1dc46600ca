// SPDX-License-Identifier: GPL-3.0-or-later
//
// cross_entropy of rows against a target distribution for each, in the layout of x.
#ifndef SELENOGRAD_KERNELS_SOFT_CROSS_ENTROPY_H
#define SELENOGRAD_KERNELS_SOFT_CROSS_ENTROPY_H

#include "ops/kernels/cross_entropy.h"

// x and target are laid out as (outer, classes, inner). With q = keep target + even,
// loss = - sum over c of weight[c] q[c] log p[c].
typedef struct soft_cross_entropy_arguments {
  int64_t outer, classes, inner;
  double keep, even; // 1 - smoothing, smoothing / classes
  const void *x, *target, *weight;
  void *maximum, *rest;
  double *losses; // forward: one per row
  double scale;   // of every row's loss in y
  const void *d_y;
  int64_t d_y_stride;
  void *d_x, *d_target;
  double *class_losses; // CROSS_ENTROPY_SHARES times one per class
} soft_cross_entropy_arguments;

struct soft_cross_entropy_kernels {
  sg_kernel *forward;      // maximum, rest, losses
  sg_kernel *backward;     // d_x
  sg_kernel *d_target;     // items of these are strips of rows, of the next one the shares of all strips
  sg_kernel *class_losses; // of every class, the sum over the share's rows of d_y scale q[c] (-log p[c])
};

#endif
