// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of placements: values put at positions of x, or added there. index_put returns a new tensor, with
// gradients; index_put_ writes x itself.
//
// x is seen as [extent, inner]: what the index counts, and what lies at one position. Positions are worked out
// first, into an i64 vector that index_put keeps for its derivative (output POSITION). A mask whose positions all
// get the same values, a spread mask, needs none there.
#ifndef SELENOGRAD_PLACEMENT_H
#define SELENOGRAD_PLACEMENT_H

#include "autograd/op.h"

enum { X, VALUES, INDEX }; // inputs; INDEX and all that follow
enum { Y, POSITION };      // outputs; index_put_ has the first

typedef struct sg_placement_plan {
  bool by_mask, spread; // spread: one set of values for all of the mask
  bool add, convert, expand;
  int indexed;           // leading dimensions of x that the index counts
  int64_t extent, inner; // of x
  int64_t count;         // positions; of a spread mask, at most
  int64_t step, along;   // from position to position in the values, and from element to element
  sg_shape target;       // [positions ..., inner ...], to which the values broadcast
  int64_t value_stride[SG_MAX_RANK];
  size_t convert_at, expand_at, add_at; // in the scratch space; positions come first
} sg_placement_plan;

extern const sg_op sg_placement_family;

// Which of the values put at positions of [extent, ...], of which some may be the same, were not overwritten by
// later ones, as numbers that are not zero: each puts its own number down, and looks whether it is still there.
sg_tensor *sg_placement_lasting(sg_context *context, sg_tensor *position, int64_t extent);

#define SG_PLACEMENT_INPUTS(x_doc, values_doc)                                                                     \
  SG_PORTS(                                                                                                        \
      {"x", SG_ANY_DTYPE, x_doc}, {"values", SG_ANY_DTYPE, values_doc},                                            \
      {"index", SG_ANY_DTYPE | SG_STEP | SG_VARIADIC,                                                              \
       "an i64 tensor for each leading dimension, which broadcast to the shape of the positions; or a mask of "    \
       "dtype bool, of the shape of leading dimensions"})

sg_tensor *sg_placement_apply(sg_context *context, const sg_op *op, sg_tensor *x, sg_tensor *values, int count,
                              sg_tensor *const *index, bool accumulate);

#endif
