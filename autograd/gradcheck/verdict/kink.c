// SPDX-License-Identifier: GPL-3.0-or-later
//
// Kinks at the point: the one-sided derivatives differ however small the step.
#include "autograd/gradcheck/verdict/estimates.h"
#include "autograd/gradcheck/verdict/ladder.h"

#include <math.h>

// The smallest step at which anything can be seen, if a kink is seen there: the kink is nearer than that.
static int first_kink(const ladder *l) {
  for (int i = 0; i < l->count; i++) {
    if (l->rung[i].kinked) return i;
    if (is_informative(&l->rung[i]) || l->rung[i].flat) return -1;
  }
  return -1;
}

kink ladder_find_kink(scalar *f, const ladder *l) {
  const int first = first_kink(l);
  for (int i = first; i >= 0 && i < l->count && l->rung[i].kinked; i++) {
    const double step = l->rung[i].step;
    const estimate right = difference_estimate(f, FORWARD, step), left = difference_estimate(f, BACKWARD, step);
    if (!is_usable(&right) || !is_usable(&left)) continue;
    const double bars = right.bar + left.bar;
    if (!(fabs(right.value - left.value) > bars)) continue;
    return (kink){.proven = true,
                  .range = scalar_subgradients(f, l->rung[first].step),
                  .bars = bars,
                  .size = fmax(fabs(right.value), fabs(left.value)),
                  .step = step};
  }
  return (kink){.proven = false};
}

comparison kink_judge(const kink *k, double analytic) {
  const double middle = 0.5 * (k->range.low + k->range.high);
  const double bar = 0.5 * (k->range.high - k->range.low) + k->bars;
  const bool valid = fabs(analytic - middle) <= bar;
  return (comparison){.verdict = valid ? SG_GRADCHECK_NONDIFFERENTIABLE : SG_GRADCHECK_FAIL,
                      .cause = valid ? CAUSE_NONE : CAUSE_SUBGRADIENT,
                      .numeric = middle,
                      .bar = bar,
                      .reference = k->size,
                      .step = k->step,
                      .far = false};
}
