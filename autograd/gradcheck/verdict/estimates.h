// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is asked of an estimate, and what is made of it.
#ifndef SELENOGRAD_GRADCHECK_ESTIMATES_H
#define SELENOGRAD_GRADCHECK_ESTIMATES_H

#include <math.h>

#include "autograd/gradcheck/verdict/verdict.h"

static inline bool is_usable(const estimate *d) { return isfinite(d->value) && isfinite(d->bar); }
static inline double reference_of(const estimate *d) { return fmax(fabs(d->value), d->scale); }
static inline bool is_informative(const estimate *d) { return d->bar <= WIDEST_BAR * reference_of(d); }
static inline bool contains(const estimate *d, double value) { return fabs(d->value - value) <= d->bar; }

// Where no output moves, the derivative is what may hide below their resolution.
static inline estimate with_hidden(estimate d) {
  if (d.flat) d.bar = d.hidden;
  return d;
}

static inline estimate estimate_at(scalar *f, difference_rule rule, double step) {
  return with_hidden(difference_estimate(f, rule, step));
}

// A comparison is made as a whole, with every field. There are two ways: from an estimate, and from a kink
// (kink.c).
static inline comparison told_by(const estimate *d, sg_gradcheck_verdict verdict, verdict_cause cause) {
  return (comparison){.verdict = verdict,
                      .cause = cause,
                      .numeric = d->value,
                      .bar = d->bar,
                      .reference = reference_of(d),
                      .step = d->step,
                      .far = false};
}

#endif
