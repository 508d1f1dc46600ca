// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_BINARY_H
#define SELENOGRAD_KERNELS_BINARY_H

#include "autograd/kernel.h"
#include "ops/kernels/broadcast.h"

// y = f(a, b); where: y = condition ? a : b. The items are the elements of y. Operands 0, 1, 2 of the layout are
// a, b, condition. y may be a itself where a has y's shape.
typedef struct binary_arguments {
  const void *a, *b;
  void *y;
  const void *condition;
  double alpha; // of add_scaled
  int order[2]; // of pow_derivative: how many times by a and by b, at most POW_ORDERS each
  broadcast_layout layout;
} binary_arguments;

enum { POW_ORDERS = 16 };

typedef struct binary_kernels {
  sg_kernel *add, *sub, *mul, *div, *pow, *maximum, *minimum;
  sg_kernel *pow_derivative;
  sg_kernel *gt, *ge, *lt, *le, *eq, *ne; // 1 or 0
  sg_kernel *add_scaled;                  // a + alpha b
  sg_kernel *where_real, *where_integer;  // the condition is `real` or int64_t; not 0 is true
} binary_kernels;

#endif
