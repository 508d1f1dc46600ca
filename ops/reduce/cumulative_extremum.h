// SPDX-License-Identifier: GPL-3.0-or-later
//
// The largest and the smallest element so far along one dimension, and where it is: the last of those that tie, as
// in PyTorch. A member is its words and which end.
#ifndef SELENOGRAD_CUMULATIVE_EXTREMUM_H
#define SELENOGRAD_CUMULATIVE_EXTREMUM_H

#include "ops/reduce/lines.h"
#include "ops/reduce/reduction.h"

typedef struct sg_cumulative_extremum_member {
  bool minimum;
} sg_cumulative_extremum_member;

extern const sg_op sg_cumulative_extremum_family;

#define SG_CUMULATIVE_EXTREMUM(op, function, word, is_minimum)                                                     \
  .name = #op, .summary = "The " word " element so far along a dimension, and its position.",                      \
  .formula = "values_i = " function "(x_1, x_2, ..., x_i), indices_i = the last position of values_i up to i",     \
  .family = &sg_cumulative_extremum_family, .member = &(const sg_cumulative_extremum_member){is_minimum},          \
  .outputs = SG_PORTS({"values", SG_ANY_DTYPE, "the " word " elements so far; NaN once there was one"},            \
                      {"indices", SG_INDEX, "their last positions so far; the gradient goes there"})

#endif
