// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sum of the cotangents that arrive at one place. Added one by one, n of them have an error that grows with n.
// So SG_STRETCH at most are added that way; a finished stretch waits for another one, their sum for another sum of
// two stretches, and so on: the error grows with log2 n at most, no addition is spent, and sums that are recorded
// have the same order.
//
// A cotangent that is 0 but for a part is added to that part alone. Parts that do not meet, the steps of a
// sequence, count as one cotangent: no element gets more than one of them.
#include "autograd/backward.h"
#include "autograd/execute.h"

struct sg_stretch {
  sg_tensor *sum;
  int level;        // of 2^level stretches
  sg_stretch *next; // of a higher level
};

// The smallest box around the parts that were added last and do not meet.
struct sg_covered {
  int64_t first[SG_MAX_RANK], last[SG_MAX_RANK];
};

static void forget_parts(sg_context *context, sg_arrivals *arrivals) {
  if (arrivals->covered) sg_memory_give(context, arrivals->covered, sizeof *arrivals->covered);
  arrivals->covered = NULL;
}

// Adds a gradient (borrowed) to a slot that owns its tensor.
static sg_status add_to(pass *p, sg_tensor **slot, sg_tensor *gradient) {
  if (!*slot) {
    *slot = sg_retain(gradient);
  } else if (!p->options.create_graph && sg_gradient_alone(*slot)) {
    sg_execute_add(*slot, gradient);
  } else {
    sg_tensor *sum = sg_gradient_sum(p, *slot, gradient);
    if (!sum) return p->context->status;
    sg_release(*slot);
    *slot = sum;
  }
  return SG_OK;
}

static sg_stretch *drop(sg_context *context, sg_stretch *stretch) {
  sg_stretch *next = stretch->next;
  sg_release(stretch->sum);
  sg_memory_give(context, stretch, sizeof *stretch);
  return next;
}

// Two sums of as many stretches become one.
static sg_status finish_stretch(pass *p, sg_arrivals *arrivals) {
  sg_stretch *stretch = sg_memory_take(p->context, sizeof *stretch);
  if (!stretch) return p->context->status;
  *stretch = (sg_stretch){.sum = arrivals->sum, .next = arrivals->finished};
  forget_parts(p->context, arrivals);
  *arrivals = (sg_arrivals){.finished = stretch};
  p->has_stretches = true;
  while (stretch->next && stretch->next->level == stretch->level) {
    if (add_to(p, &stretch->sum, stretch->next->sum)) return p->context->status;
    stretch->next = drop(p->context, stretch->next);
    stretch->level++;
  }
  return SG_OK;
}

void sg_arrive_again(pass *p, sg_arrivals *arrivals, sg_tensor *gradient) {
  if (arrivals->length == SG_STRETCH && finish_stretch(p, arrivals)) return;
  if (!add_to(p, &arrivals->sum, gradient)) arrivals->length++;
}

// ---- Parts ----------------------------------------------------------------------------------------

static int64_t last_of(const sg_part *part, int d) { return part->start[d] + (part->size[d] - 1) * part->step[d]; }

static bool is_apart(const sg_covered *covered, const sg_part *part, int rank) {
  for (int d = 0; d < rank; d++) {
    if (part->start[d] > covered->last[d] || last_of(part, d) < covered->first[d]) return true;
  }
  return false;
}

static void cover(sg_covered *covered, const sg_part *part, int rank, bool beside) {
  for (int d = 0; d < rank; d++) {
    const int64_t first = part->start[d], last = last_of(part, d);
    covered->first[d] = beside && covered->first[d] < first ? covered->first[d] : first;
    covered->last[d] = beside && covered->last[d] > last ? covered->last[d] : last;
  }
}

// Makes the sum a tensor that may be written: of zeros where nothing has arrived.
static sg_status own_sum(pass *p, sg_arrivals *arrivals, sg_dtype dtype, const sg_shape *shape) {
  if (arrivals->sum && sg_gradient_alone(arrivals->sum)) return SG_OK;
  sg_tensor *own = arrivals->sum ? sg_gradient_copy(p, arrivals->sum)
                                 : sg_make_filled(p->context, dtype, shape, 0);
  if (!own) return p->context->status;
  sg_release(arrivals->sum);
  arrivals->sum = own;
  return SG_OK;
}

void sg_arrive_part(pass *p, sg_arrivals *arrivals, sg_dtype dtype, const sg_shape *shape, const sg_part *part,
                    const sg_tensor *elements) {
  const bool beside = arrivals->covered && elements->elements && is_apart(arrivals->covered, part, shape->rank);
  if (!beside && arrivals->length == SG_STRETCH && finish_stretch(p, arrivals)) return;
  if (own_sum(p, arrivals, dtype, shape)) return;
  const bool first = arrivals->length == 0;
  if (first) arrivals->length = 1;
  if (elements->elements == 0) return;
  if (!arrivals->covered) {
    arrivals->covered = sg_memory_take(p->context, sizeof *arrivals->covered);
    if (!arrivals->covered) return;
  }
  sg_execute_add_part(arrivals->sum, part, elements);
  cover(arrivals->covered, part, shape->rank, beside);
  if (!beside && !first) arrivals->length++;
}

// ---- All of it ------------------------------------------------------------------------------------

sg_status sg_arrivals_join(pass *p, sg_arrivals *arrivals) {
  forget_parts(p->context, arrivals);
  while (arrivals->finished) {
    if (add_to(p, &arrivals->sum, arrivals->finished->sum)) return p->context->status;
    arrivals->finished = drop(p->context, arrivals->finished);
  }
  return SG_OK;
}

void sg_arrivals_release_more(sg_context *context, sg_arrivals *arrivals) {
  forget_parts(context, arrivals);
  while (arrivals->finished) arrivals->finished = drop(context, arrivals->finished);
}
