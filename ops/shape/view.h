// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_VIEW_H
#define SELENOGRAD_VIEW_H

#include "autograd/op.h"

// The family of ops that give the elements of x another shape and share its storage.
extern const sg_op sg_view_family;

typedef struct sg_view_member {
  // Works out the shape of y, which comes without dimensions, or rejects.
  sg_status (*shape)(const sg_plan *plan, const sg_shape *x, sg_shape *y);
  int least; // dimensions, of atleast_1d to 3d
} sg_view_member;

extern const sg_sample sg_view_ranks[], sg_view_no_tensor[]; // samples of atleast_1d to 3d, and bad ones
// What the descriptor of one of these consists of, but for its words: SG_VIEW_AT_LEAST(atleast_1d, 1),
#define SG_VIEW_AT_LEAST(op, dimensions)                                                                           \
  .name = #op, .family = &sg_view_family, .samples = sg_view_ranks, .bad_samples = sg_view_no_tensor,              \
  .member = &(const sg_view_member) {                                                                              \
    .shape = sg_view_shape_at_least, .least = dimensions                                                           \
  }

// What a descriptor begins with: its name, the function, a sentence and a formula.
//   SG_VIEW(squeeze, shape, "Drops dimensions of extent 1, as a view.", "y holds the elements of x"),
#define SG_VIEW(op, function, words, equation)                                                                     \
  .name = #op, .summary = words, .formula = equation, .family = &sg_view_family,                                   \
  .member = &(const sg_view_member) {                                                                              \
    .shape = function                                                                                              \
  }

// A shape with leading and following dimensions of extent 1 where it has fewer than `rank`, at most 3: [n] becomes
// [1, n] or [1, n, 1], [m, n] becomes [m, n, 1]. And a member's function for it, whose `least` is the rank.
sg_shape sg_view_at_least(const sg_shape *shape, int rank);
sg_status sg_view_shape_at_least(const sg_plan *plan, const sg_shape *x, sg_shape *y);

// Where a dimension that is new to `shape` will stand, counted from 0; or rejects. `what` has the shape.
sg_status sg_view_new_dimension(const sg_plan *plan, const char *what, const sg_shape *shape, int64_t dim, int *at);

#endif
