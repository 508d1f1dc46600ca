// SPDX-License-Identifier: GPL-3.0-or-later
//
// The verdict on one analytic derivative, of an element or along a direction, from numeric estimates at several
// steps.
#ifndef SELENOGRAD_GRADCHECK_VERDICT_H
#define SELENOGRAD_GRADCHECK_VERDICT_H

#include "autograd/gradcheck/difference/difference.h"

typedef enum verdict_cause {
  CAUSE_NONE,
  CAUSE_DIFFERENT,     // analytic and numeric value differ beyond the bar
  CAUSE_NOT_FINITE,    // the analytic value is not finite
  CAUSE_SUBGRADIENT,   // at a kink, outside of what the one-sided derivatives allow
  CAUSE_WIDE,          // they agree, but the bar would have hidden a gross error
  CAUSE_UNCONFIRMED,   // they differ, but estimates at different steps do not confirm each other
  CAUSE_NO_DIFFERENCE, // the function is not finite around the point
  CAUSE_STAIRCASE,     // they differ, but the function has lost its digits: it jumps by more than its noise
  CAUSE_SKIPPED,       // not compared, at the caller's wish
} verdict_cause;

// As the reason of a verdict in a report.
const char *verdict_cause_text(verdict_cause cause);

typedef struct comparison {
  sg_gradcheck_verdict verdict;
  verdict_cause cause;
  double numeric, bar;
  double reference; // the size of derivative that `bar` is compared to: without cancellation
  double step;
  bool far; // told by steps much longer than the distances over which the input varies
} comparison;

// A pass whose bar is wider than this part of the reference is inconclusive.
#define WIDEST_BAR 1e-3
// A value lost in its bar still passes when the bar is below this part of the input's largest derivative.
#define NEGLIGIBLE 1e-6

// What is carried from one element of an input to the next: the step that served best, in units of the
// first one, and the relative bar it gave.
typedef struct verdict_experience {
  double step_ratio;
  double bar;
  int failures; // elements that failed on the whole ladder
} verdict_experience;

extern const verdict_experience verdict_inexperienced;

comparison verdict_compare(scalar *f, double analytic, double first_step, verdict_experience *experience);

#endif
