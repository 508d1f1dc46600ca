// SPDX-License-Identifier: GPL-3.0-or-later
//
// How many elements are not 0, and whether there is one: of tensors of any dtype, over dimensions. Steps; NaN is
// not 0. A member is its words and the kind of its reduction.
#ifndef SELENOGRAD_COUNTS_H
#define SELENOGRAD_COUNTS_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

typedef struct sg_counts_member {
  integer_reduce_kind kind;
} sg_counts_member;

extern const sg_op sg_counts_family;

// The whole of a descriptor: its kind, words, and what it gives for rows 0, -1, 0 and 0, 0, 0 and 1, 2, 3.
#define SG_COUNTS(op, of_kind, words, equation, ...)                                                               \
  .name = #op, .summary = words, .formula = "y = " equation "; NaN is not 0", .family = &sg_counts_family,         \
  .member = &(const sg_counts_member){of_kind},                                                                    \
  .samples =                                                                                                       \
      SG_SAMPLES({"by hand", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(0, -1, 0, 0, 0, 0, 1, 2, 3), SG_DIMS(3, 3))),   \
                  SG_OVER(false, 1), SG_GIVES(__VA_ARGS__)})

#endif
