// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_SEQUENCE_H
#define SELENOGRAD_SEQUENCE_H

#include "autograd/op.h"

// The family of arange and linspace: numbers in a row, each of which follows from its position.
extern const sg_op sg_sequence_family;

typedef struct sg_sequence_options {
  sg_number start, stop, step; // step: of arange
  int64_t count;               // of linspace
  sg_dtype dtype;
} sg_sequence_options;

typedef struct sg_sequence_member {
  // How many elements, or below 0 when it rejects. The ends are finite.
  int64_t (*count)(const sg_plan *plan, const sg_sequence_options *options);
  // Element i of `count`.
  sg_number (*element)(const sg_sequence_options *options, int64_t count, int64_t i);
} sg_sequence_member;

// A number that stands for an integer: a float that is 0 is one too.
static inline bool sg_is_integer(sg_number n) { return n.whole || n.value == 0; }

#endif
