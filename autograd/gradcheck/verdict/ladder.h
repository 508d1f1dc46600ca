// SPDX-License-Identifier: GPL-3.0-or-later
//
// Estimates at steps 16 apart, and what they say together.
//
// The rounding part of a bar is measured and can be trusted at any step; the truncation part is a guess that
// is wrong when the function has structure finer than the step (a kink nearby, an oscillation). So the
// ladder is read from the smallest step up: the first interval is wide but true, each further one is
// believed as long as it meets all those below it, and of the believed ones the narrowest is taken
// (O. Lepski, "On a problem of adaptive estimation in Gaussian white noise", 1991, has the principle).
#ifndef SELENOGRAD_GRADCHECK_LADDER_H
#define SELENOGRAD_GRADCHECK_LADDER_H

#include "autograd/gradcheck/verdict/verdict.h"

// Steps longer and shorter than the first one, by 16 from rung to rung.
enum { rungs_up = 3, rungs_down = 12, rungs = rungs_up + 1 + rungs_down };

typedef struct ladder {
  estimate rung[2 * rungs]; // by rising step
  int count;
  bool right_dead, left_dead; // at every step
} ladder;

ladder ladder_climb(scalar *f, difference_rule rule, double first_step);

typedef struct decision {
  comparison result;
  bool alone; // one step excludes the analytic value, and nothing else speaks for or against that
} decision;

// The first of the ladder's rules that holds.
decision ladder_decide(const ladder *l, double analytic);

// ---- kink.c

typedef struct kink {
  bool proven;    // the one-sided derivatives disagree by more than their bars
  interval range; // of the subgradients
  double bars;    // of both one-sided derivatives
  double size;    // of the larger one
  double step;
} kink;

// A kink at the point itself, nearer than all steps of the ladder.
kink ladder_find_kink(scalar *f, const ladder *l);
comparison kink_judge(const kink *k, double analytic);

#endif
