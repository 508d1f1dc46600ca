// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sum of what another row function puts into its first result, which is nowhere stored as a whole.
#ifndef SELENOGRAD_KERNELS_ROW_SUM_H
#define SELENOGRAD_KERNELS_ROW_SUM_H

#include "ops/kernels/row.h"
#include <stdbool.h>

typedef struct row_sum {
  sg_row_function *terms;      // of the dtype
  sg_row_function *wide_terms; // the same of f64, for terms and partial sums that the dtype cannot hold
  const void *parameter;       // of both
  bool wide;                   // every term in f64
  int64_t block;               // elements of one sum
  double *sums;                // one for each block, which begin as 0
} row_sum;

#endif
