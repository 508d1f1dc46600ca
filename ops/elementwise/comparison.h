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

// The whole of a descriptor: its words, and what it answers where
//   a = 1, -2, 3, 2         b = 2, 4, -0.5, 2    SG_COMPARISON(eq, "equal to", "==", 0, 0, 0, 1)
//   a = 0, 0, -1, 2, 0.5    b = -0, 3, 0, -2, 0.5
//   SG_LOGICAL(logical_and, "a and b are both true", "a != 0 and b != 0", 0, 0, 0, 1, 1)
#define SG_COMPARISON(op, words, sign, ...)                                                                        \
  SG_COMPARISON_OF(op, "a is " words " b", "a " sign " b", SG_VECTOR(1, -2, 3, 2), SG_VECTOR(2, 4, -0.5, 2),       \
                   __VA_ARGS__)
#define SG_LOGICAL(op, words, condition, ...)                                                                      \
  SG_COMPARISON_OF(op, words, condition "; NaN is not 0", SG_VECTOR(0, 0, -1, 2, 0.5),                             \
                   SG_VECTOR(-0.0, 3, 0, -2, 0.5), __VA_ARGS__)
#define SG_COMPARISON_OF(op, words, condition, a, b, ...)                                                          \
  .name = #op, .summary = "Whether " words ", element by element; they broadcast.", .formula = "y = " condition,   \
  .reference = "Elementary", .family = &sg_comparison_family, .member = &(const sg_comparison){sg_row_##op},       \
  .samples = SG_SAMPLES({"by hand", SG_ON(a, b), SG_GIVES(__VA_ARGS__)})

#endif
