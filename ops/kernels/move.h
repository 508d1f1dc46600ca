// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elements moved without looking at them, bit for bit: copies between strided layouts, and those that an index
// chooses (index.h). The f32 table serves the dtypes of 4 bytes, that of f64 those of 8; there is a third for
// bytes.
#ifndef SELENOGRAD_KERNELS_MOVE_H
#define SELENOGRAD_KERNELS_MOVE_H

#include "ops/kernels/index.h"

// target[i . target_stride] = source[i . source_stride] for every index i below size. The items are the elements,
// in row-major order of i.
typedef struct copy_arguments {
  int rank; // >= 1
  int64_t size[8], target_stride[8], source_stride[8];
  void *target;
  const void *source;
} copy_arguments;

// The same for a target that runs along the last dimension and a source that runs along dimension `along`, forwards
// or backwards. The items are tiles of COPY_TILE x COPY_TILE elements in these two, times the indices of all other
// dimensions.
typedef struct transpose_arguments {
  copy_arguments copy;
  int along;
  int64_t tiles_along, tiles_last;
} transpose_arguments;

#define COPY_TILE 32

// target (.., inner)[position[i] - base, j] = source[i * step + j * along] for every i, the last i last. The items
// are blocks of PUT_COLUMNS columns j.
typedef struct put_arguments {
  const int64_t *position;
  int64_t base, count, inner, step, along;
  void *target;
  const void *source;
} put_arguments;

#define PUT_COLUMNS 256

struct move_kernels {
  sg_kernel *strided, *transpose, *select, *gather, *put;
};

#endif
