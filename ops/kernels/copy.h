// SPDX-License-Identifier: GPL-3.0-or-later
//
// Copies between strided layouts. A kernel of the f32 table moves 4-byte elements, one of the f64 table 8-byte
// elements of any dtype: they are moved as integers, bit for bit.
#ifndef SELENOGRAD_KERNELS_COPY_H
#define SELENOGRAD_KERNELS_COPY_H

#include "ops/kernels/kernels.h"

// target[i . target_stride] = source[i . source_stride] for every index i below size. The items are the elements,
// in row-major order of i.
typedef struct copy_arguments {
  int rank; // >= 1
  int64_t size[8], target_stride[8], source_stride[8];
  void *target;
  const void *source;
} copy_arguments;

struct copy_kernels {
  sg_kernel *strided;
};

#endif
