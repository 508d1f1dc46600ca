// SPDX-License-Identifier: GPL-3.0-or-later
//
// Weighted sums of a few pixels, the same ones of every channel; and how points of a grid lie among the pixels.
#ifndef SELENOGRAD_KERNELS_CORNERS_H
#define SELENOGRAD_KERNELS_CORNERS_H

#include "ops/kernels/kernels.h"
#include "ops/kernels/windows.h"

#include <stdbool.h>
#include <stddef.h>

enum { CORNERS_TILE = 256, CORNERS_AT_MOST = 8, SAMPLING_GROUP = 8 };

// y[n, c, p] = sum over k of weight[n, p, k] x[n, c, index[n, p, k] - base], and the two adjoints. What has weight
// 0 is left out, whatever the pixel is.
typedef struct corners_arguments {
  int64_t batch, channels, extent, points, corners;
  int64_t tiles; // of CORNERS_TILE points, of an image
  const int64_t *index;
  int64_t base;
  void *x, *weight, *y;
  int64_t blocks; // scatter: block b does the channels [b * batch * channels / blocks, ...)
  double *sums;   // blocks x extent
} corners_arguments;

typedef enum grid_border { GRID_ZEROS, GRID_BORDER, GRID_REFLECTION } grid_border;

// For every axis j of a grid point, the last dimension of the image first: the pixels around it, the weight of
// each, and the derivative of that in the grid. An axis has two pixels, or one where the nearest is taken.
typedef struct grid_arguments {
  int axes, taps;
  int64_t size[SPATIAL]; // of the image along axis j
  grid_border border;
  bool corners; // -1 and 1 are the centres of the outermost pixels, and not their outer sides
  int64_t base, points;
  const void *grid; // points x axes
  void *weight;     // axes x points x taps
  void *slope;      // likewise
  int64_t *index;   // points x taps^axes
} grid_arguments;

// Images at the points of a grid, and the derivatives, without a tensor of weights.
typedef struct sampling_arguments {
  grid_arguments at;                       // of which axes to corners, and grid
  int64_t batch, channels, extent, points; // extent and points of an image
  int64_t tiles;                           // of CORNERS_TILE points, of an image
  const void *x, *d_y;
  void *y, *d_x, *d_grid;
  int64_t blocks; // of sample_d_x: block b does a share of the groups of SAMPLING_GROUP channels
  double *sums;   // blocks x SAMPLING_GROUP x extent
} sampling_arguments;

struct corners_kernels {
  sg_kernel *gather;                 // y of x and weight; items are tiles of points
  sg_kernel *scatter;                // x of y and weight; items are blocks
  sg_kernel *weigh;                  // weight of x and y; items are tiles of points
  sg_kernel *place;                  // items are points
  sg_kernel *sample, *sample_d_grid; // items are tiles of points, of all images
  sg_kernel *sample_d_x;             // items are blocks
};

#endif
