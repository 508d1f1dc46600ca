// SPDX-License-Identifier: GPL-3.0-or-later
//
// Rows, or elements, of a table by their numbers, which come in a tensor of any shape.
#ifndef SELENOGRAD_LOOKUP_H
#define SELENOGRAD_LOOKUP_H

#include "autograd/op.h"
#include "ops/kernels/index.h"

typedef struct sg_lookup {
  int64_t extent, count, inner; // of the table (extent, inner), and of the index
} sg_lookup;

typedef struct sg_lookup_member {
  int table, index; // inputs
  bool elements; // are looked up, whatever the shape of the table; otherwise what lies behind its first dimension
} sg_lookup_member;

// The family; `member` is an sg_lookup_member, the plan an sg_lookup. A member's inputs are named, its index is
// saved, and its vjp calls sg_lookup_adjoint.
extern const sg_op sg_lookup_family;

// Zeros in the shape of the table with d_y added at the index.
sg_tensor *sg_lookup_adjoint(const sg_call *call);
sg_status sg_lookup_plan(sg_plan *plan); // its prepare

#endif
