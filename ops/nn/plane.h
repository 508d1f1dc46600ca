// SPDX-License-Identifier: GPL-3.0-or-later
//
// What plane_gather and plane_scatter share.
#ifndef SELENOGRAD_PLANE_H
#define SELENOGRAD_PLANE_H

#include "autograd/op.h"

// Rejects an index (N, C, h, w) whose values are not positions in a plane of `pixels` pixels.
sg_status sg_plane_check_index(const sg_plan *plan, sg_tensor *index, int64_t pixels);

// How the planes of one tensor, x (N, C, h, w), are added into those of another, y (N, C, H, W); no pixel of y gets
// more than `visits` of x.
typedef struct plane_sums {
  const sg_shape *x, *y;
  sg_dtype dtype;
  int64_t visits;
} plane_sums;

size_t sg_plane_scatter_scratch(const plane_sums *sums);
// y[n, c, i] = sum over k with index[n, c, k] = i of x[n, c, k]
void sg_plane_scatter_run(sg_context *context, const plane_sums *sums, const int64_t *index, const void *x, void *y,
                          void *scratch);

#endif
