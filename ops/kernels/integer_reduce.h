// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reductions that are whole numbers all the way: sums and extremes of integers, counts of elements of any dtype.
// Layouts, items and chunks are those of ops/kernels/reduce.h.
#ifndef SELENOGRAD_KERNELS_INTEGER_REDUCE_H
#define SELENOGRAD_KERNELS_INTEGER_REDUCE_H

#include "ops/kernels/reduce.h"

typedef enum integer_reduce_kind {
  INTEGER_SUM, // of i64 and bytes, to i64, modulo 2^64
  INTEGER_PRODUCT,
  INTEGER_MAX, // of i64 and bytes, to their dtype
  INTEGER_MIN,
  INTEGER_COUNT, // of what is not 0, to i64
  INTEGER_ANY,   // whether there is one, to bool
  INTEGER_ALL,   // whether all are
} integer_reduce_kind;

typedef struct integer_reduce_arguments {
  const reduce_layout *layout;
  integer_reduce_kind kind;
  const void *x;
  void *out;
  int64_t *partials; // [chunks, outputs]; NULL with one chunk: the result goes to `out`
} integer_reduce_arguments;

// The items of `combine` are outputs: of the partial results in the order of chunks.
struct integer_reduce_kernels {
  sg_kernel *rows, *columns, *combine;
};

#endif
