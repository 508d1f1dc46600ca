// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of ops that put a source into a copy of x, at places that a second input names: an index along a
// dimension, or a mask. x is seen as [extent, inner]: numbered places, and what lies at each.
#ifndef SELENOGRAD_SPOTS_H
#define SELENOGRAD_SPOTS_H

#include "autograd/op.h"
#include "ops/kernels/move.h"

enum { SG_SPOTS_X, SG_SPOTS_INDEX, SG_SPOTS_SOURCE }; // inputs

typedef struct sg_spots {
  int64_t extent, inner;
  int64_t count; // of places that are named, at most
  bool single;   // the source is one number, for all of them
  bool add;      // to what is there
  bool distinct; // no place is named twice
  int dim;
  union { // how they are named, of a member's own
    index_arguments slices;
    line_arguments lines;
    copy_arguments walk; // through a mask, as a source
  };
} sg_spots;

typedef struct sg_spots_member {
  // Fills in the plan, from `extent` to `dim` and beyond, or rejects. y has the shape and dtype of x.
  sg_status (*plan)(sg_plan *plan, sg_spots *spots);
  // Writes the numbers of the places, in the order of the source, counted from the index base, of what
  // sg_input_data gives for SG_SPOTS_INDEX. Returns how many there are.
  int64_t (*find)(const sg_call *call, const sg_spots *spots, int64_t *place);
} sg_spots_member;

extern const sg_op sg_spots_family;
// What a descriptor begins with: SG_SPOTS(index_copy, sg_spots_plan_slices, sg_spots_find_slices),
#define SG_SPOTS(op, plan_hook, find_hook)                                                                         \
  .name = #op, .family = &sg_spots_family, .member = &(const sg_spots_member) { plan_hook, find_hook }

// For a member whose places are positions of dimension `dim`: its check.
sg_status sg_spots_check(const sg_call *call);

// Of index_copy and index_fill: positions of one dimension.
sg_status sg_spots_plan_slices(sg_plan *plan, sg_spots *spots);
int64_t sg_spots_find_slices(const sg_call *call, const sg_spots *spots, int64_t *place);

#endif
