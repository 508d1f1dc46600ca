// SPDX-License-Identifier: GPL-3.0-or-later
//
// Windows of a kernel over images of one to three spatial dimensions. There are always three here, (depth, height,
// width); those that an image lacks stand in front, with a kernel and an extent of 1.
#ifndef SELENOGRAD_KERNELS_WINDOWS_H
#define SELENOGRAD_KERNELS_WINDOWS_H

#include <stdint.h>

enum { DEPTH, HEIGHT, WIDTH, SPATIAL };

// Along each dimension, window p < out sees with tap i < kernel the pixel p * stride - padding + i * dilation of
// the image, if that is one of its `in` pixels. Where the kernel is 0 it sees instead the part of the image from
// floor(p in / out) to ceil((p + 1) in / out).
typedef struct windows {
  int64_t in[SPATIAL], kernel[SPATIAL], out[SPATIAL];
  int64_t stride[SPATIAL], padding[SPATIAL], dilation[SPATIAL];
} windows;

#endif
