// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elements of lines by their rank, and where they were: what sorts each line and puts some ranks out. Equal
// elements keep their order, NaN is larger than everything. A member is its words, its options and its prepare, in
// which it says which ranks; the gradient goes to where they were.
#ifndef SELENOGRAD_RANKS_H
#define SELENOGRAD_RANKS_H

#include "ops/kernels/sort.h"
#include "ops/reduce/lines.h"
#include "ops/reduce/reduction.h"

extern const sg_op sg_ranks_family;

typedef struct sg_ranks_plan {
  sg_lines lines;
  int64_t first, kept;
  bool descending;
  sort_rule rule;
  bool whole; // x as one line
} sg_ranks_plan;

// What a member with two outputs begins with: its name, prepare, and words for the values.
#define SG_RANKED(op, prepares, words)                                                                             \
  .name = #op, .family = &sg_ranks_family, .prepare = prepares,                                                    \
  .outputs = SG_PORTS({"values", SG_ANY_DTYPE, words}, {"indices", SG_INDEX, "where they were in x"})

// Fills in the lines, all ranks; or the first k of them, where there are so many.
sg_status sg_ranks_prepare(sg_plan *plan, int64_t dim);
sg_status sg_ranks_prepare_first(sg_plan *plan, int64_t k, int64_t dim);
// Ends prepare, where the plan says which ranks: scratch, and the outputs' shape, with one rank and without keepdim
// without the dimension.
sg_status sg_ranks_plan_outputs(sg_plan *plan, bool keepdim);
// The whole of prepare for one rank, that in the middle or what the rule says, along one dimension, or, none named,
// of x as one line.
sg_status sg_ranks_prepare_one(sg_plan *plan, const sg_ints *dim, bool keepdim, sort_rule rule);
void sg_ranks_forward(const sg_call *call);
// The sort itself: scratch for the pairs, `kept` positions of each line and, where not NULL, values.
void sg_ranks_run(const sg_call *call, void *pairs, void *values, int64_t *positions);
// For vjp: what arrives at the elements that `positions` names, [.., kept, ..] or [kept] where x is one line,
// brought back to x; `arriving` has that shape or one with as many elements.
sg_tensor *sg_ranks_return(const sg_call *call, sg_tensor *positions, sg_tensor *arriving);

#endif
