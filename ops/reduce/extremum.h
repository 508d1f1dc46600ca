// SPDX-License-Identifier: GPL-3.0-or-later
//
// The largest and the smallest element: three families of two.
#ifndef SELENOGRAD_EXTREMUM_H
#define SELENOGRAD_EXTREMUM_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

typedef struct sg_extremum_member {
  bool minimum;
} sg_extremum_member;

extern const sg_op sg_extremum_family; // amax, amin: over any dimensions; those who share it share the gradient
extern const sg_op sg_chosen_family;   // max, min: over one dimension, or all as one, with the position
extern const sg_op sg_position_family; // argmax, argmin: the position alone

#endif
