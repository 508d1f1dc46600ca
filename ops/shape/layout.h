// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that copy x, whole or in part, with its elements in other places.
#ifndef SELENOGRAD_LAYOUT_H
#define SELENOGRAD_LAYOUT_H

#include "autograd/op.h"
#include "ops/shape/strided.h"

// The family; x and y of any dtype. prepare, a member's own, fills in the plan and y's shape, and ends with
// sg_layout_plan.
extern const sg_op sg_layout_family;
// What a descriptor begins with: its name, the family, how it is planned and differentiated.
//   SG_LAYOUT(flip, prepare, vjp),
#define SG_LAYOUT(op, plan, derivative) .name = #op, .family = &sg_layout_family, .prepare = plan, .vjp = derivative

// The plan: from element `source` of x on, to element `target` of y on, as `copy` says, which holds no pointers.
typedef struct sg_layout {
  copy_arguments copy;
  int64_t source, target;
  bool part;      // of y ...
  sg_number rest; // ... and what the rest is
} sg_layout;

// Its forward, for families that have the same plan.
void sg_layout_forward(const sg_call *call);
// Declares y's dtype, and brings the copy to its simplest form.
sg_status sg_layout_plan(sg_plan *plan);
// The whole of prepare for y with the dimensions of x in another order: dimension d of y is dimension order[d] of
// x. The dimensions of x whose bits are set are run through from their ends.
sg_status sg_layout_in_order(sg_plan *plan, const int *order, unsigned reversed);

// Resolves a list of dimensions of x, each at most once, or rejects; `name` is the option's.
sg_status sg_layout_named(const sg_plan *plan, const char *name, const sg_ints *dims, int *resolved);

#endif
