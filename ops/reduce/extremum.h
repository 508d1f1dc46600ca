// SPDX-License-Identifier: GPL-3.0-or-later
//
// What max, min, amax, amin, argmax and argmin share.
#ifndef SELENOGRAD_EXTREMUM_H
#define SELENOGRAD_EXTREMUM_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

// Output 0 has the shape of x reduced over any dimensions. Rejects an empty choice.
sg_status sg_extremum_prepare(sg_plan *plan);
void sg_extremum_forward(const sg_call *call, reduce_kind kind);
// The gradient of an extremum y over any dimensions of x: those who share it get equal parts.
sg_tensor *sg_extremum_share(const sg_call *call, sg_tensor *x, sg_tensor *y, sg_tensor *d_y);

// The same over one dimension, or over all when none is named.
sg_status sg_position_prepare(sg_plan *plan);
// Writes positions, and values where not NULL.
void sg_position_forward(const sg_call *call, bool minimum, sg_tensor *values, sg_tensor *positions);

// max and min: outputs values and indices.
sg_status sg_extremum_along_prepare(sg_plan *plan);
void sg_extremum_along_vjp(const sg_call *call);

#endif
