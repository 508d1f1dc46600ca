// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a function detaches, for a checker that calls it at several points: seen, or held at the values of its first
// round (detached.c).
#ifndef SELENOGRAD_DETACHED_H
#define SELENOGRAD_DETACHED_H

#include "autograd/selenograd.h"

typedef struct sg_detached {
  sg_context *context;
  bool hold;                  // in later rounds sg_tensor_detach gives the values of the first one
  struct sg_detached *around; // of a check around this one
  sg_tensor **kept;           // held; copies, in the order of the first round
  int64_t count, capacity, next;
  int64_t seen;    // how many tensors were detached, in all rounds
  char place[128]; // where the first of them was, "": nobody knows
} sg_detached;

void sg_detached_open(sg_detached *detached, sg_context *context, bool hold);
void sg_detached_close(sg_detached *detached);
// A round begins, and ends: between the two sg_tensor_detach comes here.
void sg_detached_enter(sg_detached *detached);
void sg_detached_leave(sg_detached *detached);

#endif
