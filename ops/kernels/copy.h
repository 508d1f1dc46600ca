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

// The same for a target that runs along the last dimension and a source that runs along dimension `along`. The
// items are tiles of COPY_TILE x COPY_TILE elements in these two, times the indices of all other dimensions.
typedef struct transpose_arguments {
  copy_arguments copy;
  int along;
  int64_t tiles_along, tiles_last;
} transpose_arguments;

#define COPY_TILE 32

// Conversions. The items are elements.
typedef struct convert_arguments {
  const void *source;
  void *target;
} convert_arguments;

struct copy_kernels {
  sg_kernel *strided, *transpose;
  sg_kernel *to_f32, *to_f64, *to_i64; // from real
  sg_kernel *from_i64;                 // to real
};

#endif
