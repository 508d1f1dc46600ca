// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_MARGIN_ROWS_H
#define SELENOGRAD_KERNELS_MARGIN_ROWS_H

#include "ops/kernels/kernels.h"
#include <stdbool.h>

// Rows of one x per class, of which the classes that a row is of are to lead the others by a margin: sums over
// these t and the others c of max(0, margin + x[c] - x[t])^p. Items are rows.
typedef struct margin_rows_arguments {
  int64_t classes, index_base;
  double margin;
  bool squared; // p is 2, and not 1
  const void *x;
  const int64_t *target;    // one per row; of lists `classes` per row, which a number that is no class ends
  const void *weight;       // one per class, of the row's class; NULL: ones. Not of lists
  unsigned char *is_listed; // of lists: scratch of x's extents
  double *losses;           // forward: one per row, divided by the number of classes
  const void *d_y;          // backward; NULL: ones
  int64_t d_y_stride;       // 1: one per row, or 0: one number
  double factor;            // of d_x, beside 1 / classes, d_y and the weight
  void *d_x;
} margin_rows_arguments;

struct margin_rows_kernels {
  sg_kernel *forward, *backward;
  sg_kernel *forward_of_lists, *backward_of_lists; // p is 1
};

#endif
