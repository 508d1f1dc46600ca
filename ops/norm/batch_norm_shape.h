// SPDX-License-Identifier: GPL-3.0-or-later
//
// What norms of (N,C), (N,C,L), (N,C,H,W) or (N,C,D,H,W) have in common.
#ifndef SELENOGRAD_BATCH_NORM_SHAPE_H
#define SELENOGRAD_BATCH_NORM_SHAPE_H

#include "ops/norm/norm_run.h"

// x must have 2 to 5 dimensions.
sg_status sg_batch_norm_check_input(const sg_plan *plan);
// Every channel is a group: N segments of neighbouring pixels.
norm_geometry sg_batch_norm_geometry(const sg_shape *x);
// L, H W or D H W; 1 for (N,C).
int64_t sg_norm_pixels(const sg_shape *x);

#endif
