// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums over dimensions of what is not NaN, whole or divided by their number.
#ifndef SELENOGRAD_NAN_SUMS_H
#define SELENOGRAD_NAN_SUMS_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

typedef struct sg_nan_sums_member {
  bool mean; // divided by how many are not NaN
} sg_nan_sums_member;

extern const sg_op sg_nan_sums_family;

#define SG_NAN_SUMS(op, is_mean)                                                                                   \
  .name = #op, .family = &sg_nan_sums_family, .member = &(const sg_nan_sums_member) { is_mean }

#endif
