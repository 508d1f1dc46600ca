// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_VIEW_H
#define SELENOGRAD_VIEW_H

#include "autograd/op.h"

// The family of ops that give the elements of x another shape and share its storage.
extern const sg_op sg_view_family;

typedef struct sg_view_member {
  // Works out the shape of y, which comes without dimensions, or rejects.
  sg_status (*shape)(const sg_plan *plan, const sg_shape *x, sg_shape *y);
} sg_view_member;

// What a descriptor begins with: its name, the function, a sentence and a formula.
//   SG_VIEW(squeeze, shape, "Drops dimensions of extent 1, as a view.", "y holds the elements of x"),
#define SG_VIEW(op, function, words, equation)                                                                     \
  .name = #op, .summary = words, .formula = equation, .family = &sg_view_family,                                   \
  .member = &(const sg_view_member) {                                                                              \
    function                                                                                                       \
  }

// Where a dimension that is new to `shape` will stand, counted from 0; or rejects. `what` has the shape.
sg_status sg_view_new_dimension(const sg_plan *plan, const char *what, const sg_shape *shape, int64_t dim, int *at);

#endif
