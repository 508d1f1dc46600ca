// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reads IDX files, the format of the MNIST family, plain or gzip-compressed:
//   two zero bytes, one byte for the type of the values, one byte for the rank, the extents as big-endian 32-bit
//   numbers, then the values in row-major order, big-endian (http://yann.lecun.com/exdb/mnist/).
#ifndef SELENOGRAD_IDX_H
#define SELENOGRAD_IDX_H

#include "autograd/selenograd.h"

typedef struct sg_idx_options {
  sg_dtype dtype; // of the tensor; 0: i64 for integer values, f32 for float, f64 for double; u8 for unsigned bytes
  double scale;   // every value is multiplied by it; 1 leaves it alone and is the only choice for i64 and u8
  double offset;  // then this is added; a whole number for i64, 0 for u8
} sg_idx_options;

#define SG_IDX_DEFAULTS ((sg_idx_options){(sg_dtype)0, 1.0, 0.0})

// The tensor in the file, of the file's shape; it belongs to the innermost scope. With NULL, the default options.
// Fails with SG_IO_FAILED when the file is missing, not a regular file, not IDX, shorter or longer than its header
// says, damaged, or named .gz without being gzip data; no tensor is allocated for a header the file cannot fulfil.
// Fails with SG_INVALID_ARGUMENT when the options do not suit the values.
sg_tensor *sg_idx_read(sg_context *context, const char *path, const sg_idx_options *options);

#endif
