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

#endif
