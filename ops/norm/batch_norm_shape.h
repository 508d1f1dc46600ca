// SPDX-License-Identifier: GPL-3.0-or-later
//
// What batch_norm and batch_norm_inference have in common.
#ifndef SELENOGRAD_BATCH_NORM_SHAPE_H
#define SELENOGRAD_BATCH_NORM_SHAPE_H

#include "ops/norm/normalization.h"

// Every channel is a group: n segments of neighbouring pixels.
norm_geometry sg_batch_norm_geometry(const sg_shape *x);

// x must have 2 to 5 dimensions.
sg_status sg_batch_norm_check_input(const sg_plan *plan);
// Input i, where present, must have one value for each channel of x (input 0).
sg_status sg_batch_norm_check_channels(const sg_plan *plan, int input);

// For compositions: the shape [1, C, 1, ...] in which a per-channel tensor broadcasts against x.
sg_shape sg_batch_norm_column(const sg_shape *x);
// Every dimension of x but the channels'.
sg_ints sg_batch_norm_dims(const sg_shape *x);

#endif
