// SPDX-License-Identifier: GPL-3.0-or-later
//
// The range in which normalizing loops over `real` are right. A group outside of it is wide (norm_wide.h).
#ifndef SELENOGRAD_NORM_RANGE_H
#define SELENOGRAD_NORM_RANGE_H

#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "ops/kernels/real.h"

#if defined(SG_KERNEL_F32)
static const double smallest = FLT_MIN, largest = FLT_MAX, digit = FLT_EPSILON, steepest = 1e12;
#else
static const double smallest = DBL_MIN, largest = DBL_MAX, digit = DBL_EPSILON, steepest = 1e60;
#endif

// Squares of deviations, their sums, and powers of it are normal numbers where 1 / sqrt(var + eps) lies
// between these.
static inline bool rstd_fits(double rstd) { return (rstd >= 1 / steepest) & (rstd <= steepest); }

// Whether a factor keeps its digits as a `real`. Nothing does when it is NaN.
static inline bool factor_fits(double factor) {
  double size = fabs(factor);
  return (size == 0) | ((size >= smallest) & (size <= largest));
}

// Whether a sum of products may be trusted: terms that have lost digits would show in one as small as this.
static inline bool sum_fits(double sum) {
  double size = fabs(sum);
  return (size == 0) | ((size >= smallest / digit) & (size <= largest));
}

static inline double value_at(const void *values, int64_t index, double absent) {
  return values ? (double)((const real *)values)[index] : absent;
}

static inline void store_at(void *values, int64_t index, double value) {
  if (values) ((real *)values)[index] = (real)value;
}

#endif
