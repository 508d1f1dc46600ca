// SPDX-License-Identifier: GPL-3.0-or-later
//
// One analytic value goes through stages until one of them settles it. Most elements need one estimate; all others
// are estimated on a ladder of steps, and what that says is held against what it cannot see.
#include "autograd/gradcheck/verdict/estimates.h"
#include "autograd/gradcheck/verdict/ladder.h"
#include "autograd/gradcheck/verdict/staircase.h"

#include <math.h>

const verdict_experience verdict_inexperienced = {.step_ratio = 1, .bar = 5e-8, .failures = 0};

// What the stages of one comparison share.
typedef struct trial {
  scalar *f;
  double analytic, first_step;
  verdict_experience *experience;
  estimate first; // at the step that has served best so far
  comparison result;
} trial;

// True: the result is settled, and no further stage is asked.
typedef bool stage(trial *t);

static bool settle(trial *t, const estimate *d, sg_gradcheck_verdict verdict, verdict_cause cause) {
  t->result = told_by(d, verdict, cause);
  return true;
}

static void reconsider(trial *t, sg_gradcheck_verdict verdict, verdict_cause cause) {
  t->result.verdict = verdict;
  t->result.cause = cause;
}

// ---- At once ------------------------------------------------------------------------------------------------

static bool not_finite(trial *t) {
  if (isfinite(t->analytic)) return false;
  const estimate d = difference_estimate(t->f, CENTRAL, t->first_step);
  settle(t, &d, SG_GRADCHECK_FAIL, CAUSE_NOT_FINITE);
  t->result.reference = 0; // one estimate, which nothing has confirmed
  return true;
}

// Whether a bar would show a relative error of 1e-6 in the value itself: it may be the small rest of large terms.
// What is less than a millionth of them is not asked for that much.
static bool resolves(const trial *t, const estimate *d) {
  const double size = fabs(t->analytic);
  return size < 1e-6 * reference_of(d) || d->bar <= fmax(2.5e-7, 2 * t->experience->bar) * size;
}

static bool agrees_with(const trial *t, const estimate *d) {
  if (!is_usable(d) || d->kinked) return false;
  const bool narrow = d->bar <= 2 * t->experience->bar * reference_of(d) && resolves(t, d);
  if (!d->flat) return narrow && contains(d, t->analytic);
  // Nothing moves: look a little further before an exact zero is believed.
  const estimate wide = estimate_at(t->f, CENTRAL, 256 * t->first_step);
  return t->analytic == 0 && !(is_usable(&wide) && !wide.flat);
}

// GSL chooses a second step for each row of the Jacobian by itself; the steps of an extrapolation serve all of
// them.
static bool agrees_in_its_row(trial *t) {
  if (!t->f->shared) return false;
  const estimate d = with_hidden(difference_extrapolate(t->f, t->first_step * t->experience->step_ratio));
  return agrees_with(t, &d) && settle(t, &d, SG_GRADCHECK_PASS, CAUSE_NONE);
}

static bool agrees_at_once(trial *t) {
  t->first = estimate_at(t->f, CENTRAL, t->first_step * t->experience->step_ratio);
  return agrees_with(t, &t->first) && settle(t, &t->first, SG_GRADCHECK_PASS, CAUSE_NONE);
}

static bool fails_at_once(trial *t) {
  enum { enough = 4 };
  const estimate *d = &t->first;
  if (t->experience->failures < enough || !is_usable(d) || d->kinked || d->flat || d->erratic) return false;
  if (contains(d, t->analytic) || d->bar > 0.1 * fabs(d->value - t->analytic)) return false;
  const estimate other = estimate_at(t->f, CENTRAL, d->step / 4);
  const bool confirmed = is_usable(&other) && !other.kinked && !contains(&other, t->analytic) &&
                         fabs(other.value - d->value) <= other.bar + d->bar;
  return confirmed && settle(t, d, SG_GRADCHECK_FAIL, CAUSE_DIFFERENT);
}

// ---- On the ladder ------------------------------------------------------------------------------------------

// Where rounding leaves only one rung narrow enough to exclude the analytic value (a derivative that is the small
// rest of large ones), two of the steps around it, which share no move with it and are about as narrow, can
// confirm that.
static bool confirmed_around(scalar *f, double analytic, const comparison *result) {
  static const double around[] = {0.6, 1.6, 2.5};
  int excluding = 0;
  for (int i = 0; i < 3; i++) {
    const estimate d = difference_extrapolate(f, around[i] * result->step);
    if (!is_usable(&d) || d.kinked || d.flat || d.erratic) return false;
    if (fabs(d.value - result->numeric) > d.bar + result->bar) return false;
    excluding += !contains(&d, analytic);
  }
  return excluding >= 2;
}

static comparison compare_on_ladder(scalar *f, double analytic, double first_step) {
  ladder l = ladder_climb(f, CENTRAL, first_step);
  if (l.count > 0) {
    const kink k = ladder_find_kink(f, &l);
    if (k.proven) return kink_judge(&k, analytic);
  } else if (l.left_dead != l.right_dead) {
    l = ladder_climb(f, l.left_dead ? FORWARD : BACKWARD, first_step);
  }
  const decision d = ladder_decide(&l, analytic);
  if (!d.alone || !confirmed_around(f, analytic, &d.result)) return d.result;
  comparison confirmed = d.result;
  confirmed.verdict = SG_GRADCHECK_FAIL;
  confirmed.cause = CAUSE_DIFFERENT;
  return confirmed;
}

static bool read_ladder(trial *t) {
  t->result = compare_on_ladder(t->f, t->analytic, t->first_step);
  return false;
}

// ---- A second look ------------------------------------------------------------------------------------------

static bool acquitted_at_own_size(trial *t) {
  scalar *f = t->f;
  const bool tiny = !f->direction && f->x != 0 && fabs(f->x) < t->first_step;
  if (t->result.verdict != SG_GRADCHECK_FAIL || !tiny) return false;
  const double step = 0.25 * fabs(f->x);
  f->reach = ldexp(step, 4 * rungs_up);
  t->result = compare_on_ladder(f, t->analytic, step);
  return t->result.verdict != SG_GRADCHECK_FAIL;
}

static bool on_staircase(trial *t) {
  if (t->result.cause == CAUSE_DIFFERENT && staircase_explains(t->f, t->analytic, t->result.numeric, t->first_step))
    reconsider(t, SG_GRADCHECK_INCONCLUSIVE, CAUSE_STAIRCASE);
  return false;
}

static bool seen_from_farther(trial *t) {
  enum { farthest = 12 };
  if (t->result.cause != CAUSE_WIDE) return false;
  t->f->reach = ldexp(t->first_step, 4 * farthest);
  for (int rung = rungs_up + 1; rung <= farthest; rung++) {
    const estimate d = estimate_at(t->f, CENTRAL, ldexp(t->first_step, 4 * rung));
    if (!is_usable(&d) || d.flat || d.kinked || fabs(d.value - t->result.numeric) > d.bar + t->result.bar) break;
    if (!(d.bar <= 1e-7 * fabs(d.value)) || !contains(&d, t->analytic)) continue;
    t->result = told_by(&d, SG_GRADCHECK_PASS, CAUSE_NONE);
    t->result.far = true;
    break;
  }
  return false;
}

static bool learn(trial *t) {
  verdict_experience *experience = t->experience;
  const comparison *result = &t->result;
  const bool rows = t->f->shared != NULL;
  experience->failures += result->verdict == SG_GRADCHECK_FAIL;
  if (result->verdict != SG_GRADCHECK_PASS || result->reference == 0) return true;
  const double bar = result->bar / result->reference, ratio = result->step / t->first_step;
  if ((bar <= experience->bar && !rows) || bar > 1e-5) return true;
  experience->step_ratio = rows ? ldexp(1, 2 * (int)lround(log2(ratio) / 2)) : ratio;
  experience->bar = fmax(experience->bar, bar);
  return true;
}

// ---- The stages ---------------------------------------------------------------------------------------------

static stage *const stages[] = {
    // No number is a derivative but a finite one, whatever the differences say.
    not_finite,
    // In rows of the Jacobian: the same differences serve all of them.
    agrees_in_its_row,
    // Most elements: they agree within a bar so narrow that chance is no explanation.
    agrees_at_once,
    // Once some elements have failed on the whole ladder, the input has failed whatever comes; of the others two
    // steps that agree with each other and exclude the analytic value are proof enough.
    fails_at_once,
    // One step cannot tell: the ladder, and kinks that it shows.
    read_ladder,
    // An element that is not zero but tiny beside the others was moved by steps far longer than itself. Close to a
    // pole or to the edge of the domain these tell of another place: its own size decides.
    acquitted_at_own_size,
    // A failure proves nothing where the function has lost its digits and jumps by more than its noise.
    on_staircase,
    // A function may vary over much longer distances than its input does (softmax of numbers around 1e-12). Where
    // noise hides the derivative at the steps of the ladder, longer ones are tried. They can only acquit: at such
    // steps the difference may be far more exact than the rounding of the analytic value allows.
    seen_from_farther,
    // The next elements try first what has served here, and are content with what it could give. Rows of the
    // Jacobian share their steps if these are powers of 4.
    learn,
};

comparison verdict_compare(scalar *f, double analytic, double first_step, verdict_experience *experience) {
  trial t = {.f = f, .analytic = analytic, .first_step = first_step, .experience = experience};
  f->reach = ldexp(first_step, 4 * rungs_up);
  stage *const *next = stages;
  while (!(*next)(&t)) next++;
  return t.result;
}
