// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_JOIN_H
#define SELENOGRAD_JOIN_H

#include "autograd/op.h"

typedef struct sg_join_options {
  int64_t dim;
} sg_join_options;

// The family of tensors one after another along a dimension of y. What a member says is enough where the dimension
// is no option: the tensors, seen with `rank` dimensions at least, are joined along `dim`, or along the last one of
// those that have fewer.
typedef struct sg_join_member {
  int rank, dim;
} sg_join_member;

extern const sg_op sg_join_family;
// What a descriptor without options begins with: SG_JOIN(hstack, 1, 1),
#define SG_JOIN(op, at_least, along)                                                                               \
  .name = #op, .family = &sg_join_family, .member = &(const sg_join_member) { .rank = at_least, .dim = along }

// cat and stack have a prepare of their own. Declares y, which the tensors fill one after another along dimension
// dim; the same for tensors that are equal in all other extents, which it checks.
sg_status sg_join_plan(sg_plan *plan, const sg_shape *y, int dim);
sg_status sg_join_end_to_end(sg_plan *plan, int rank, int dim);

#endif
