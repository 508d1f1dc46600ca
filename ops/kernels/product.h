// SPDX-License-Identifier: GPL-3.0-or-later
//
// The product of two matrices without a library.
#ifndef SELENOGRAD_KERNELS_PRODUCT_H
#define SELENOGRAD_KERNELS_PRODUCT_H

#include "ops/kernels/kernels.h"
#include <stdbool.h>

// C = op(A) op(B) + beta C, row-major: op(A) has k columns, op(B) is k x n. A row starts every ld_* elements of
// what is stored. With beta = 0, C is not read.
typedef struct product_arguments {
  bool transpose_a, transpose_b;
  int64_t n, k, ld_a, ld_b, ld_c;
  double beta;
  const void *a, *b;
  void *c;
} product_arguments;

struct product_kernels {
  sg_kernel *multiply; // items are rows of C
};

#endif
