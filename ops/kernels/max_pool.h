// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_MAX_POOL_H
#define SELENOGRAD_KERNELS_MAX_POOL_H

#include "ops/kernels/kernels.h"

typedef struct max_pool_arguments {
  int64_t height, width, out_h, out_w;
  int64_t kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;
  int64_t index_base;
  const void *x;  // planes x height x width
  void *y;        // planes x out_h x out_w
  int64_t *index; // of the largest pixel in its plane, plus index_base
} max_pool_arguments;

// Positions within planes.
typedef struct plane_arguments {
  int64_t pixels; // of a plane
  int64_t picks;  // indices per plane
  int64_t index_base;
  const int64_t *index; // planes x picks
  const void *from;
  void *to;
} plane_arguments;

struct max_pool_kernels {
  sg_kernel *forward;
  sg_kernel *gather; // to[k] = from[index[k]]
};                   // items of both are planes

#endif
