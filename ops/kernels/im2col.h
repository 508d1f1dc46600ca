// SPDX-License-Identifier: GPL-3.0-or-later
//
// Convolution as a matrix product: column p of the matrix holds the patch of the image that output position p sees.
#ifndef SELENOGRAD_KERNELS_IM2COL_H
#define SELENOGRAD_KERNELS_IM2COL_H

#include "ops/kernels/kernels.h"
#include "ops/kernels/windows.h"
#include <stdbool.h>

// Row ((c * kernel[DEPTH] + d) * kernel[HEIGHT] + i) * kernel[WIDTH] + j of the matrix holds what tap (d, i, j)
// sees of channel c from the windows first <= p < last, counted row by row, and 0 where it sees no pixel.
typedef struct im2col_arguments {
  const windows *windows;
  int64_t first, last;
  void *image;   // channels x in
  void *columns; // rows x (last - first)
  bool keep;     // scatter leaves the columns as they are
} im2col_arguments;

typedef struct im2col_sum_arguments {
  int64_t parts, elements;
  const void *from; // parts x elements, in double or real
  bool wide;        // in double
  void *to;         // elements
} im2col_sum_arguments;

typedef struct im2col_flush_arguments {
  const void *from;
  double *to;
} im2col_flush_arguments;

struct im2col_kernels {
  sg_kernel *gather; // columns from image; items are rows of columns
  sg_kernel
      *scatter;     // image += columns, which may be destroyed; items are rows of columns, not for several threads
  sg_kernel *flush; // to += from; items are elements
  sg_kernel *sum;   // to = sum of the parts, in their order; items are elements
};

#endif
