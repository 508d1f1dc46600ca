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

// For vjp: where x is what was found, y, of its shape or one that broadcasts to it: equal to it, or NaN where it
// is.
sg_tensor *sg_is_extremum(sg_context *context, sg_tensor *x, sg_tensor *y);

// What a descriptor of each family begins with. `word` is "largest" or "smallest", `function` "max" or "min".
#define SG_EXTREMUM(op, function, word, is_minimum)                                                                \
  .name = #op, .summary = "The " word " element over dimensions; ties share the gradient.",                        \
  .formula = "y = " function " of x over dim", .family = &sg_extremum_family,                                      \
  .member = &(const sg_extremum_member){is_minimum},                                                               \
  .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the " word " elements; NaN where there is one"})
#define SG_CHOSEN(op, word, is_minimum)                                                                            \
  .name = #op, .summary = "The " word " element along a dimension, and its position.",                             \
  .formula = "values = " #op " of x over dim, indices = the first position of values",                             \
  .family = &sg_chosen_family, .member = &(const sg_extremum_member){is_minimum},                                  \
  .outputs = SG_PORTS({"values", SG_ANY_DTYPE, "the " word " elements; NaN where there is one"},                   \
                      {"indices", SG_INDEX, "their first positions"})
#define SG_POSITION(op, function, word, is_minimum)                                                                \
  .name = #op, .summary = "The first position of the " word " element along a dimension.",                         \
  .formula = "y = the first position of " function " of x over dim", .family = &sg_position_family,                \
  .member = &(const sg_extremum_member) {                                                                          \
    is_minimum                                                                                                     \
  }

#endif
