// SPDX-License-Identifier: GPL-3.0-or-later
//
// What runs along lines: data are (outer, count, inner), a line goes along count, from its beginning or from its
// end, and each result is worked out from the one before. A state is kept in double, whatever `real` is.
#ifndef SELENOGRAD_KERNELS_SCAN_H
#define SELENOGRAD_KERNELS_SCAN_H

#include <stdbool.h>

#include "ops/kernels/kernels.h"

enum { SCAN_STRIP = 64 }; // lines of one item; inner takes (inner + SCAN_STRIP - 1) / SCAN_STRIP items

typedef enum scan_kind {
  SCAN_SUM,
  SCAN_PRODUCT,
  SCAN_LOG_SUM,        // y = log(sum of exp(x))
  SCAN_LOG_SUM_SLOPES, // its derivatives y by x, and, in y2, by the y before
  SCAN_KINDS,
} scan_kind;

typedef struct scan_arguments {
  int64_t outer, count, inner;
  bool reverse;
  const void *x;
  void *y, *y2;
} scan_arguments;

// forward   y_i = b_i + a_i y_{i-1}, y_0 = b_0
// adjoint   d_b_i = d_y_i + a_{i+1} d_b_{i+1} from the end on, d_a_i = d_b_i y_{i-1}; d_a_0 is 0, or d_b_0 where
//           1 stands before y_0. y is given, and d_a or d_b may be NULL. `reverse` is that of forward.
typedef struct recurrence_arguments {
  int64_t outer, count, inner;
  bool reverse, one_before;
  const void *a, *b, *d_y;
  void *y, *d_a, *d_b;
} recurrence_arguments;

// NULL where a kind makes no sense for the type: logarithms of integers, anything of bytes.
struct scan_kernels {
  sg_kernel *run[SCAN_KINDS], *recurrence, *adjoint;
};

#endif
