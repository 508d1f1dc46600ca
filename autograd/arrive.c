// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sum of the cotangents that arrive at one place. Added one by one, n of them have an error that grows with n.
// So SG_STRETCH at most are added that way; a finished stretch waits for another one, their sum for another sum of
// two stretches, and so on: the error grows with log2 n at most, no addition is spent, and sums that are recorded
// have the same order.
#include "autograd/backward.h"
#include "autograd/execute.h"

struct sg_stretch {
  sg_tensor *sum;
  int level;        // of 2^level stretches
  sg_stretch *next; // of a higher level
};

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
  *arrivals = (sg_arrivals){.finished = stretch};
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

sg_status sg_arrivals_join(pass *p, sg_arrivals *arrivals) {
  while (arrivals->finished) {
    if (add_to(p, &arrivals->sum, arrivals->finished->sum)) return p->context->status;
    arrivals->finished = drop(p->context, arrivals->finished);
  }
  return SG_OK;
}

void sg_arrivals_release(sg_context *context, sg_arrivals *arrivals) {
  sg_drop(arrivals->sum);
  while (arrivals->finished) arrivals->finished = drop(context, arrivals->finished);
  *arrivals = (sg_arrivals){0};
}
