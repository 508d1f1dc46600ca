// SPDX-License-Identifier: GPL-3.0-or-later
//
// Variances over dimensions, or their roots, the standard deviations.
#ifndef SELENOGRAD_VARIANCES_H
#define SELENOGRAD_VARIANCES_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

typedef struct sg_variances_member {
  bool root; // the standard deviation
  bool mean; // the mean is a second output
} sg_variances_member;

extern const sg_op sg_variances_family;

#define SG_VARIANCES(op, is_root, gives_mean)                                                                      \
  .name = #op, .family = &sg_variances_family, .member = &(const sg_variances_member) { is_root, gives_mean }
#define SG_DIVISION_BY_0 "n <= correction divides by 0: NaN where all elements are equal, else infinity"
// The formula of a member that gives the mean too.
#define SG_AND_MEAN(first)                                                                                         \
  first ", n elements each;\nmean = (sum of x over dim) / n;\n" SG_DIVISION_BY_0, SG_TWO_PASSES
#define SG_TWO_PASSES                                                                                              \
  "Chan, Golub, LeVeque, Algorithms for computing the sample variance, 1983 (the two-pass algorithm)"

// The options of a sample.
#define SG_OVER_CORRECTED(keep, correct, ...)                                                                      \
  SG_WITH(sg_var_options, .dim = SG_DIMS(__VA_ARGS__), .keepdim = keep, .correction = correct)

#endif
