// SPDX-License-Identifier: GPL-3.0-or-later
//
// Most elements need one estimate: it agrees with the analytic value within a bar so narrow that chance is no
// explanation. All others are estimated on a ladder of steps, 16 apart.
//
// The rounding part of a bar is measured and can be trusted at any step; the truncation part is a guess that
// is wrong when the function has structure finer than the step (a kink nearby, an oscillation). So the
// ladder is read from the smallest step up: the first interval is wide but true, each further one is
// believed as long as it meets all those below it, and of the believed ones the narrowest is taken
// (O. Lepski, "On a problem of adaptive estimation in Gaussian white noise", 1991, has the principle).
//
// A failure must be confirmed at two steps, if need be around a rung. If it is not, the element is inconclusive.
#include "autograd/gradcheck/verdict/verdict.h"

#include <float.h>
#include <math.h>

const verdict_experience verdict_inexperienced = {.step_ratio = 1, .bar = 5e-8, .failures = 0};

enum { rungs_up = 3, rungs_down = 12, rungs = rungs_up + 1 + rungs_down };

typedef struct ladder {
  estimate rung[2 * rungs]; // by rising step
  int count;
  bool right_dead, left_dead; // at every step
} ladder;

static bool usable(const estimate *d) { return isfinite(d->value) && isfinite(d->bar); }
static double reference_of(const estimate *d) { return fmax(fabs(d->value), d->scale); }
static bool informative(const estimate *d) { return d->bar <= WIDEST_BAR * reference_of(d); }
static bool contains(const estimate *d, double value) { return fabs(d->value - value) <= d->bar; }

// A comparison is made as a whole, with every field. There are two ways: from an estimate, and from a kink below.
static comparison told_by(const estimate *d, sg_gradcheck_verdict verdict, verdict_cause cause) {
  return (comparison){.verdict = verdict,
                      .cause = cause,
                      .numeric = d->value,
                      .bar = d->bar,
                      .reference = reference_of(d),
                      .step = d->step,
                      .far = false};
}

// Where no output moves, the derivative is what may hide below their resolution.
static estimate estimate_at(scalar *f, difference_rule direction, double step) {
  estimate d = difference_estimate(f, direction, step);
  if (d.flat) d.bar = d.hidden;
  return d;
}

// GSL chooses a second step for each row of the Jacobian by itself; the steps of an extrapolation serve all of
// them.
static estimate estimate_for_rows(scalar *f, double step) {
  estimate d = difference_extrapolate(f, step);
  if (d.flat) d.bar = d.hidden;
  return d;
}

// ---- The ladder ------------------------------------------------------------------------------------

static ladder climb(scalar *f, difference_rule direction, double first_step) {
  estimate falling[2 * rungs];
  int count = 0, flat = 0;
  const double finest = 16 * DBL_EPSILON * fabs(f->x);
  ladder l = {.right_dead = true, .left_dead = true};
  for (int rung = rungs_up; rung >= -rungs_down; rung--) {
    const double step = ldexp(first_step, 4 * rung);
    if (step <= finest || step < DBL_MIN / DBL_EPSILON) break;
    const estimate d = estimate_at(f, direction, step);
    if (sg_error_status(f->point->context) != SG_OK) return l;
    l.right_dead = l.right_dead && d.right_dead;
    l.left_dead = l.left_dead && d.left_dead;
    if (!usable(&d)) continue;
    if (direction == CENTRAL && !d.flat) {
      const estimate extrapolated = difference_extrapolate(f, step);
      if (usable(&extrapolated)) falling[count++] = extrapolated;
    }
    falling[count++] = d;
    flat += d.flat;
    if (rung < 0 && (d.flat ? flat >= 2 : d.rounding > 0.3 * reference_of(&d))) break;
  }
  while (count > 0) l.rung[l.count++] = falling[--count];
  return l;
}

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
    if (!best || d->bar < best->bar || (best->flat && !d->flat && informative(d))) best = d;
    smooth = smooth || (!d->kinked && (informative(d) || (d->flat && d->bar == 0)));
    count_exclusion(d, analytic, excluding);
  }
  return best;
}

// ---- Kinks -----------------------------------------------------------------------------------------

// The smallest step at which anything can be seen, if a kink is seen there: the kink is nearer than that.
static int first_kink(const ladder *l) {
  for (int i = 0; i < l->count; i++) {
    if (l->rung[i].kinked) return i;
    if (informative(&l->rung[i]) || l->rung[i].flat) return -1;
  }
  return -1;
}

typedef struct kink {
  bool proven;    // the one-sided derivatives disagree by more than their bars
  interval range; // of the subgradients
  double bars;    // of both one-sided derivatives
  double size;    // of the larger one
  double step;
} kink;

static kink find_kink(scalar *f, const ladder *l) {
  const int first = first_kink(l);
  for (int i = first; i >= 0 && i < l->count && l->rung[i].kinked; i++) {
    const double step = l->rung[i].step;
    const estimate right = difference_estimate(f, FORWARD, step), left = difference_estimate(f, BACKWARD, step);
    if (!usable(&right) || !usable(&left)) continue;
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

static comparison judge_at_kink(const kink *k, double analytic) {
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

// ---- The decision ----------------------------------------------------------------------------------

// Plain values below, coarser steps that carry the analytic value: a function computed with fewer digits
// than its type has looks like this, one that cancels (x - sin x near 0), and so may a kink. Nothing is proven.
static bool contradicted(const ladder *l, const estimate *best, double analytic) {
  if (!best->flat) return false;
  for (int i = 0; i < l->count; i++) {
    const estimate *d = &l->rung[i];
    if (d->flat || d->kinked || !informative(d)) continue;
    if (contains(d, analytic) || fabs(d->value - analytic) <= WIDEST_BAR * fabs(d->value)) return true;
  }
  return false;
}

typedef struct decision {
  comparison result;
  bool alone; // one step excludes the analytic value, and nothing else speaks for or against that
} decision;

static decision decide(const ladder *l, double analytic) {
  exclusions excluding;
  const estimate *best = believe(l, analytic, &excluding);
  if (!best) {
    const estimate nothing = {.value = (double)NAN, .bar = (double)NAN};
    return (decision){.result = told_by(&nothing, SG_GRADCHECK_INCONCLUSIVE, CAUSE_NO_DIFFERENCE)};
  }
  if (contains(best, analytic)) {
    const bool narrow = informative(best) || (best->flat && analytic == 0);
    return (decision){.result = narrow ? told_by(best, SG_GRADCHECK_PASS, CAUSE_NONE)
                                       : told_by(best, SG_GRADCHECK_INCONCLUSIVE, CAUSE_WIDE)};
  }
  if (fabs(analytic - best->value) <= best->bar + best->hidden && excluding.beyond_hidden < 2) {
    estimate wide = *best;
    wide.bar += best->hidden;
    return (decision){.result = told_by(&wide, SG_GRADCHECK_INCONCLUSIVE, CAUSE_WIDE)};
  }
  if (excluding.count >= 2 && !best->erratic && !contradicted(l, best, analytic))
    return (decision){.result = told_by(best, SG_GRADCHECK_FAIL, CAUSE_DIFFERENT)};
  return (decision){.result = told_by(best, SG_GRADCHECK_INCONCLUSIVE, CAUSE_UNCONFIRMED),
                    .alone = excluding.count == 1 && !best->erratic && !best->flat};
}

// Where rounding leaves only one rung narrow enough to exclude the analytic value (a derivative that is the small
// rest of large ones), two of the steps around it, which share no sample with it and are about as narrow, can
// confirm that.
static bool confirmed_around(scalar *f, double analytic, const comparison *result) {
  static const double around[] = {0.6, 1.6, 2.5};
  int excluding = 0;
  for (int i = 0; i < 3; i++) {
    const estimate d = difference_extrapolate(f, around[i] * result->step);
    if (!usable(&d) || d.kinked || d.flat || d.erratic) return false;
    if (fabs(d.value - result->numeric) > d.bar + result->bar) return false;
    excluding += !contains(&d, analytic);
  }
  return excluding >= 2;
}

// Whether a bar would show a relative error of 1e-6 in the value itself: it may be the small rest of large terms.
// What is less than a millionth of them is not asked for that much.
static bool resolves(const estimate *d, double analytic, const verdict_experience *experience) {
  const double size = fabs(analytic);
  return size < 1e-6 * reference_of(d) || d->bar <= fmax(2.5e-7, 2 * experience->bar) * size;
}

static bool settle_at_once(scalar *f, const estimate *d, double analytic, double first_step,
                           const verdict_experience *experience) {
  if (!usable(d) || d->kinked) return false;
  const bool narrow = d->bar <= 2 * experience->bar * reference_of(d) && resolves(d, analytic, experience);
  if (!d->flat) return narrow && contains(d, analytic);
  // Nothing moves: look a little further before an exact zero is believed.
  const estimate wide = estimate_at(f, CENTRAL, 256 * first_step);
  return analytic == 0 && !(usable(&wide) && !wide.flat);
}

// Once some elements have failed on the whole ladder, the input has failed whatever comes; of the others two steps
// that agree with each other and exclude the analytic value are proof enough.
static bool fail_at_once(scalar *f, const estimate *d, double analytic, const verdict_experience *experience) {
  enum { enough = 4 };
  if (experience->failures < enough || !usable(d) || d->kinked || d->flat || d->erratic) return false;
  if (contains(d, analytic) || d->bar > 0.1 * fabs(d->value - analytic)) return false;
  const estimate other = estimate_at(f, CENTRAL, d->step / 4);
  return usable(&other) && !other.kinked && !contains(&other, analytic) &&
         fabs(other.value - d->value) <= other.bar + d->bar;
}

static comparison reconsidered(comparison result, sg_gradcheck_verdict verdict, verdict_cause cause) {
  result.verdict = verdict;
  result.cause = cause;
  return result;
}

static comparison compare_on_ladder(scalar *f, double analytic, double first_step) {
  ladder l = climb(f, CENTRAL, first_step);
  if (l.count > 0) {
    const kink k = find_kink(f, &l);
    if (k.proven) return judge_at_kink(&k, analytic);
  } else if (l.left_dead != l.right_dead) {
    l = climb(f, l.left_dead ? FORWARD : BACKWARD, first_step);
  }
  const decision d = decide(&l, analytic);
  if (!d.alone || !confirmed_around(f, analytic, &d.result)) return d.result;
  return reconsidered(d.result, SG_GRADCHECK_FAIL, CAUSE_DIFFERENT);
}

// A function may vary over much longer distances than its input does (softmax of numbers around 1e-12). Where noise
// hides the derivative at the steps of the ladder, longer ones are tried. They can only acquit: at such steps the
// difference may be far more exact than the rounding of the analytic value allows.
static comparison tried_at_longer_steps(scalar *f, double analytic, double first_step, comparison result) {
  enum { farthest = 12 };
  f->reach = ldexp(first_step, 4 * farthest);
  for (int rung = rungs_up + 1; rung <= farthest; rung++) {
    const estimate d = estimate_at(f, CENTRAL, ldexp(first_step, 4 * rung));
    if (!usable(&d) || d.flat || d.kinked || fabs(d.value - result.numeric) > d.bar + result.bar) break;
    if (!(d.bar <= 1e-7 * fabs(d.value)) || !contains(&d, analytic)) continue;
    result = told_by(&d, SG_GRADCHECK_PASS, CAUSE_NONE);
    result.far = true;
    break;
  }
  return result;
}

// An element that is not zero but tiny beside the others is first moved by steps that are far longer than itself.
// Close to a pole or to the edge of the domain these tell of another place: its own size decides.
static bool tiny(const scalar *f, double first_step) {
  return !f->direction && f->x != 0 && fabs(f->x) < first_step;
}

static comparison compare_at_own_size(scalar *f, double analytic) {
  const double step = 0.25 * fabs(f->x);
  f->reach = ldexp(step, 4 * rungs_up);
  return compare_on_ladder(f, analytic, step);
}

// The next elements try first what has served here, and are content with what it could give. Rows of the Jacobian
// share their steps if these are powers of 4.
static void learn(const scalar *f, double first_step, const comparison *result, verdict_experience *experience) {
  experience->failures += result->verdict == SG_GRADCHECK_FAIL;
  if (result->verdict != SG_GRADCHECK_PASS || result->reference == 0) return;
  const double bar = result->bar / result->reference;
  if ((bar <= experience->bar && !f->vectors) || bar > 1e-5) return;
  const double ratio = result->step / first_step;
  experience->step_ratio = f->vectors ? ldexp(1, 2 * (int)lround(log2(ratio) / 2)) : ratio;
  experience->bar = fmax(experience->bar, bar);
}

comparison verdict_compare(scalar *f, double analytic, double first_step, verdict_experience *experience) {
  f->reach = ldexp(first_step, 4 * rungs_up);
  if (!isfinite(analytic)) {
    const estimate d = difference_estimate(f, CENTRAL, first_step);
    comparison lone = told_by(&d, SG_GRADCHECK_FAIL, CAUSE_NOT_FINITE);
    lone.reference = 0; // one estimate, which nothing has confirmed
    return lone;
  }
  if (f->vectors) {
    const estimate shared = estimate_for_rows(f, first_step * experience->step_ratio);
    if (settle_at_once(f, &shared, analytic, first_step, experience))
      return told_by(&shared, SG_GRADCHECK_PASS, CAUSE_NONE);
  }
  const estimate d = estimate_at(f, CENTRAL, first_step * experience->step_ratio);
  if (settle_at_once(f, &d, analytic, first_step, experience)) return told_by(&d, SG_GRADCHECK_PASS, CAUSE_NONE);
  if (fail_at_once(f, &d, analytic, experience)) return told_by(&d, SG_GRADCHECK_FAIL, CAUSE_DIFFERENT);
  comparison result = compare_on_ladder(f, analytic, first_step);
  if (result.verdict == SG_GRADCHECK_FAIL && tiny(f, first_step)) {
    result = compare_at_own_size(f, analytic);
    if (result.verdict != SG_GRADCHECK_FAIL) return result;
  }
  if (result.cause == CAUSE_DIFFERENT && verdict_on_staircase(f, analytic, result.numeric, first_step))
    result = reconsidered(result, SG_GRADCHECK_INCONCLUSIVE, CAUSE_STAIRCASE);
  if (result.cause == CAUSE_WIDE) result = tried_at_longer_steps(f, analytic, first_step, result);
  learn(f, first_step, &result, experience);
  return result;
}
