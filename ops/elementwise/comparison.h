// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of comparisons, which are steps: their derivative is zero. They give bools, and take any dtypes;
// integers are compared exactly. A member is its words and the name of a row function (ops/kernels/comparison.c).
#ifndef SELENOGRAD_ELEMENTWISE_COMPARISON_H
#define SELENOGRAD_ELEMENTWISE_COMPARISON_H

#include "ops/elementwise/binary.h"

typedef struct sg_comparison {
  sg_row_name row;
} sg_comparison;

extern const sg_op sg_comparison_family;

// What a descriptor begins with, its words among it: SG_COMPARISON(eq, "equal to", "==")
#define SG_COMPARISON(op, words, sign)                                                                             \
  .name = #op, .summary = "Whether a is " words " b, element by element; they broadcast.",                         \
  .formula = "y = a " sign " b", .reference = "Elementary", .family = &sg_comparison_family,                       \
  .member = &(const sg_comparison) {                                                                               \
    sg_row_##op                                                                                                    \
  }

#endif
