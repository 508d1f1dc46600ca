// SPDX-License-Identifier: GPL-3.0-or-later
//
// A convolution with few filters whose windows are neighbours in x: lines of x, shifted and weighted, are added up
// while the sums stay in registers. Columns, as for a product of matrices, would cost more than the sums.
#ifndef SELENOGRAD_KERNELS_STENCIL_H
#define SELENOGRAD_KERNELS_STENCIL_H

#include "ops/kernels/kernels.h"

enum { STENCIL_WIDTH = 16 }; // windows that a line has at least

// y[f, i, j] = bias[f] + sum over taps t of weight[f, t] x[i * x_step + j + offset[t]], for i of a line and j of a
// window of it. The terms are added one after another, so there should not be thousands.
typedef struct stencil_arguments {
  int64_t filters, taps, width; // width: windows of a line
  const int64_t *offset;        // [taps]
  const void *weight;           // [filters, taps]
  const void *bias;             // [filters], or NULL
  const void *x;
  int64_t x_step, y_step; // between lines of x and between filters of y, in elements; lines of y are neighbours
  void *y;
} stencil_arguments;

struct stencil_kernels {
  sg_kernel *apply; // items are lines
};

#endif
