// SPDX-License-Identifier: GPL-3.0-or-later
//
// What centre and standardize share: means in double, and x minus them.
#ifndef SELENOGRAD_CENTRING_H
#define SELENOGRAD_CENTRING_H

#include "autograd/op.h"
#include "ops/kernels/reduce.h"

// Fills `mean`, and returns the data that it is to be subtracted from: x, or in f64, where a mean carries roundings
// of its terms, y, with x minus a first mean in it, of which `mean` is what is left. Scratch as for
// sg_reduction_run.
const void *sg_centring_means(const sg_call *call, const reduce_layout *layout, const void *x, void *y,
                              double *mean, double *scratch);
// y = x - mean, times `scale` and plus `shift` unless they are NULL, with one rounding. y may be x. Where there is
// a shift there is a scale.
void sg_centring_apply(const sg_call *call, const reduce_layout *layout, const void *x, const double *mean,
                       const double *scale, const double *shift, void *y);

#endif
