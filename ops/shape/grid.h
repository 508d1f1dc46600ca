// SPDX-License-Identifier: GPL-3.0-or-later
//
// Grids of several vectors: at every point one element of each.
#ifndef SELENOGRAD_GRID_H
#define SELENOGRAD_GRID_H

#include "ops/shape/strided.h"

// The grid as (before, extent, after) around the axis of one vector.
typedef struct sg_axis {
  int64_t before, extent, after;
} sg_axis;

// Axis `axis` of a grid of that shape.
sg_axis sg_grid_axis(const sg_shape *grid, int axis);
// Copies a vector along its axis; `step` lies from point to point of the target.
void sg_grid_spread(sg_context *context, sg_dtype dtype, const sg_axis *axis, const void *vector, void *target,
                    int64_t step);
// The sum of a tensor of the grid's elements over all other axes, in the shape of the vector.
sg_tensor *sg_grid_collect(sg_context *context, sg_tensor *grid, const sg_axis *axis, const sg_shape *vector);

#endif
