// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/verdict/ladder.h"
#include "autograd/gradcheck/verdict/estimates.h"

#include <float.h>
#include <math.h>

// ---- Climbing -----------------------------------------------------------------------------------------------

ladder ladder_climb(scalar *f, difference_rule rule, double first_step) {
  estimate falling[2 * rungs];
  int count = 0, flat = 0;
  const double finest = 16 * DBL_EPSILON * fabs(f->x);
  ladder l = {.right_dead = true, .left_dead = true};
  for (int rung = rungs_up; rung >= -rungs_down; rung--) {
    const double step = ldexp(first_step, 4 * rung);
    if (step <= finest || step < DBL_MIN / DBL_EPSILON) break;
    const estimate d = estimate_at(f, rule, step);
    if (sg_error_status(f->point->context) != SG_OK) return l;
    l.right_dead = l.right_dead && d.right_dead;
    l.left_dead = l.left_dead && d.left_dead;
    if (!is_usable(&d)) continue;
    if (rule == CENTRAL && !d.flat) {
      const estimate extrapolated = difference_extrapolate(f, step);
      if (is_usable(&extrapolated)) falling[count++] = extrapolated;
    }
    falling[count++] = d;
    flat += d.flat;
    if (rung < 0 && (d.flat ? flat >= 2 : d.rounding > 0.3 * reference_of(&d))) break;
  }
  while (count > 0) l.rung[l.count++] = falling[--count];
  return l;
}

// ---- Reading ------------------------------------------------------------------------------------------------

// Steps at which believed estimates exclude the analytic value, and those at which they do so whatever the outputs
// that do not move may hide. Steps less than a factor of 2 apart count once.
typedef struct exclusions {
  int count, beyond_hidden;
  double last, last_beyond_hidden;
} exclusions;

static void count_exclusion(const estimate *d, double analytic, exclusions *seen) {
  const double distance = fabs(d->value - analytic);
  if (!(distance <= d->bar) && d->step > 2 * seen->last) {
    seen->last = d->step;
    seen->count++;
  }
  if (!(distance <= d->bar + d->hidden) && d->step > 2 * seen->last_beyond_hidden) {
    seen->last_beyond_hidden = d->step;
    seen->beyond_hidden++;
  }
}

// The estimate to believe.
static const estimate *believe(const ladder *l, double analytic, exclusions *excluding) {
  const estimate *best = NULL;
  double low = -(double)INFINITY, high = (double)INFINITY;
  bool smooth = false;
  *excluding = (exclusions){0};
  for (int i = 0; i < l->count; i++) {
    const estimate *d = &l->rung[i];
    if (d->kinked && smooth) break;
    if (d->value - d->bar > high || d->value + d->bar < low) break;
    low = fmax(low, d->value - d->bar);
    high = fmin(high, d->value + d->bar);
    if (!best || d->bar < best->bar || (best->flat && !d->flat && is_informative(d))) best = d;
    smooth = smooth || (!d->kinked && (is_informative(d) || (d->flat && d->bar == 0)));
    count_exclusion(d, analytic, excluding);
  }
  return best;
}

// ---- Rules --------------------------------------------------------------------------------------------------

// What the rules go by.
typedef struct reading {
  const ladder *ladder;
  double analytic;
  const estimate *best; // the one that is believed; NULL: none
  exclusions excluding;
} reading;

static bool nothing_to_believe(const reading *r) { return !r->best; }

static bool agrees_narrowly(const reading *r) {
  const bool narrow = is_informative(r->best) || (r->best->flat && r->analytic == 0);
  return narrow && contains(r->best, r->analytic);
}

static bool agrees(const reading *r) { return contains(r->best, r->analytic); }

static bool may_be_hidden(const reading *r) {
  return fabs(r->analytic - r->best->value) <= r->best->bar + r->best->hidden && r->excluding.beyond_hidden < 2;
}

// Plain values below, coarser steps that carry the analytic value: a function computed with fewer digits
// than its type has looks like this, one that cancels (x - sin x near 0), and so may a kink. Nothing is proven.
static bool contradicted(const ladder *l, const estimate *best, double analytic) {
  if (!best->flat) return false;
  for (int i = 0; i < l->count; i++) {
    const estimate *d = &l->rung[i];
    if (d->flat || d->kinked || !is_informative(d)) continue;
    if (contains(d, analytic) || fabs(d->value - analytic) <= WIDEST_BAR * fabs(d->value)) return true;
  }
  return false;
}

static bool is_excluded(const reading *r) {
  return r->excluding.count >= 2 && !r->best->erratic && !contradicted(r->ladder, r->best, r->analytic);
}

static bool otherwise(const reading *r) {
  (void)r;
  return true;
}

static const struct rule {
  bool (*holds)(const reading *r);
  sg_gradcheck_verdict verdict;
  verdict_cause cause;
  bool with_hidden; // the bar includes what may hide
} rules[] = {
    // No step gave a number: the function is not finite around the point.
    {nothing_to_believe, SG_GRADCHECK_INCONCLUSIVE, CAUSE_NO_DIFFERENCE, false},
    // Within a bar that is narrow beside the derivative's terms, or an exact zero where nothing moves.
    {agrees_narrowly, SG_GRADCHECK_PASS, CAUSE_NONE, false},
    // Within a bar that would have hidden a gross error.
    {agrees, SG_GRADCHECK_INCONCLUSIVE, CAUSE_WIDE, false},
    // Outside, but outputs that do not move may hide the difference, and no two steps exclude that.
    {may_be_hidden, SG_GRADCHECK_INCONCLUSIVE, CAUSE_WIDE, true},
    // Two steps exclude it: a failure must be confirmed.
    {is_excluded, SG_GRADCHECK_FAIL, CAUSE_DIFFERENT, false},
    // One step alone, noise as large as the outputs, or coarser steps that speak for the analytic value.
    {otherwise, SG_GRADCHECK_INCONCLUSIVE, CAUSE_UNCONFIRMED, false},
};

decision ladder_decide(const ladder *l, double analytic) {
  static const estimate none = {.value = (double)NAN, .bar = (double)NAN};
  reading r = {.ladder = l, .analytic = analytic};
  r.best = believe(l, analytic, &r.excluding);
  const struct rule *rule = rules;
  while (!rule->holds(&r)) rule++;
  estimate best = r.best ? *r.best : none;
  if (rule->with_hidden) best.bar += best.hidden;
  const bool alone = rule->cause == CAUSE_UNCONFIRMED && r.excluding.count == 1 && !best.erratic && !best.flat;
  return (decision){.result = told_by(&best, rule->verdict, rule->cause), .alone = alone};
}
