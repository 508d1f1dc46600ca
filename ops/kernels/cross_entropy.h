// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_CROSS_ENTROPY_H
#define SELENOGRAD_KERNELS_CROSS_ENTROPY_H

#include "ops/kernels/kernels.h"

// x is laid out as (outer, classes, inner); a row is the classes of one (outer, inner), counted in that order.
// The target distribution of a row is q[c] = (1 - smoothing) [c = target] + smoothing / classes.
typedef struct cross_entropy_arguments {
  int64_t outer, classes, inner;
  int64_t index_base, ignore_index;
  double smoothing;
  const void *x;
  const int64_t *target; // one per row
  const void *weight;    // one per class, or NULL: ones
  void *maximum, *rest;  // per row: the largest x, and the sum of exp(x - maximum) less 1
  double *losses;        // forward: one per row
  double scale, total;   // every row's loss is multiplied and divided by these in y
  double unit;           // the weights are multiplied by it
  const void *d_y;
  int64_t d_y_stride; // 1: one per row, or 0: one number
  void *d_x;
  double *class_losses; // CROSS_ENTROPY_SHARES times one per class
  void *q;              // of x's layout: q[c], 0 in rows that are ignored
} cross_entropy_arguments;

enum {
  CROSS_ENTROPY_STRIP = 64, // inner takes (inner + CROSS_ENTROPY_STRIP - 1) / CROSS_ENTROPY_STRIP items
  CROSS_ENTROPY_SHARES = 16,
};

struct cross_entropy_kernels {
  sg_kernel *forward;  // maximum, rest, losses
  sg_kernel *backward; // d_x
  sg_kernel *targets;  // q
  // Items of these are strips of rows, of the next one the shares of all strips:
  sg_kernel *class_losses; // of every class, the sum over the share's rows of q[c] (-log p[c]), times d_y per row,
                           // or scale
};

#endif
