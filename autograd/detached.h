// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a function cuts off its graph, for a checker that calls it at several points: seen, or held at the values of
// its first round (detached.c). That is what it detaches, what it computes in no_grad, and the numbers that it
// takes out of tensors, as far as they come from what requires a gradient. In the forward of a custom op and in a
// backward pass nothing is cut off but by detach.
#ifndef SELENOGRAD_DETACHED_H
#define SELENOGRAD_DETACHED_H

#include "autograd/descriptor.h"

typedef struct sg_detached {
  sg_context *context;
  bool hold;                  // later rounds have the values of the first one
  bool recording;             // ops were recorded when the round began
  struct sg_detached *around; // of a check around this one
  sg_tensor **kept;           // held; copies, in the order of the first round
  int64_t count, capacity, next;
  int64_t seen;    // how many tensors were cut off, in all rounds
  const char *how; // the first of them: "detach", "no_grad", or who took the numbers
  char place[128]; // where that was, "": nobody knows
} sg_detached;

void sg_detached_open(sg_detached *detached, sg_context *context, bool hold);
void sg_detached_close(sg_detached *detached);
// A round begins, and ends: between the two, what is cut off comes here. To be held, it must be recorded, so that
// no_grad can be told from a round without recording.
void sg_detached_enter(sg_detached *detached);
void sg_detached_leave(sg_detached *detached);

// In a round, for the results of an op that was not recorded; `owned`: they are the caller's, else the scope's.
sg_status sg_detached_results(const sg_plan *plan, sg_tensor **outputs, bool owned);

#endif
