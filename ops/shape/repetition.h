// SPDX-License-Identifier: GPL-3.0-or-later
//
// Tensors that repeat x along its dimensions.
#ifndef SELENOGRAD_REPETITION_H
#define SELENOGRAD_REPETITION_H

#include "autograd/op.h"

typedef struct sg_repetition_options {
  sg_ints times;
} sg_repetition_options;

typedef struct sg_repetition_member {
  const char *name;  // of the option
  bool fewer_may_do; // than the dimensions of x: once along the first ones
} sg_repetition_member;

// The family of repeat and tile: dimensions are aligned at the last one, and x has extent 1 in those that are new.
// A member has the attribute of its name.
extern const sg_op sg_repetition_family;

#endif
