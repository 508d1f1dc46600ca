// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums over dimensions, whole or divided by the number of their terms.
#ifndef SELENOGRAD_SUMS_H
#define SELENOGRAD_SUMS_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

typedef struct sg_sums_member {
  bool mean; // divided by the number of terms
} sg_sums_member;

extern const sg_op sg_sums_family;

// Its hooks, for a plan that is a sg_reduction_plan; sum_to has other options, and no member.
sg_status sg_sums_plan(sg_plan *plan); // the rest of prepare: scratch
void sg_sums_forward(const sg_call *call);
void sg_sums_of(const sg_call *call, const void *x); // the same for x, which need not be input 0
void sg_sums_backward(const sg_call *call);
// The same for another cotangent and what it is divided by, with room for it in scratch.
void sg_sums_spread(const sg_call *call, const void *d_y, double divisor);

#endif
