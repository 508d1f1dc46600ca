// SPDX-License-Identifier: GPL-3.0-or-later
//
// Directional mode: derivatives along random directions, and those of some elements, under new weights each time,
// until what is asked for can be promised (miss.c).
#include "autograd/gradcheck/directions/directions.h"
#include "autograd/gradcheck/common/defaults.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/words.h"
#include "autograd/gradcheck/directions/miss.h"
#include "autograd/gradcheck/directions/samples.h"

#include <math.h>
#include <stdio.h>

enum { most_probes = 64, most_lost = 4 };
// At a kink that directions cannot avoid, more of them look whether the gradient is one of the whole.
enum { probes_at_kinks = 16 };

// ---- Start --------------------------------------------------------------------------------------------------

sg_status directions_start(point *p, int i, uint64_t seed, directions *state) {
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  const double *x = sg_tensor_data(p->inputs[i]);
  *state = (directions){.along = verdict_inexperienced, .beside = verdict_inexperienced};
  for (int64_t j = 0; j < count; j++) {
    if (!point_compares(p, i, j)) continue;
    state->usable++;
    state->zeros += x[j] == 0;
  }
  state->finished = state->usable == 0;
  if (state->finished) return SG_OK;
  sg_tensor *owner;
  state->reach = gradcheck_memory(p->context, most_probes * sizeof *state->reach, &owner);
  return samples_start(p->context, count, seed, state);
}

// ---- A direction --------------------------------------------------------------------------------------------

// Looks for the element that is to blame.
static void narrow_down(direction *d, const comparison *r, double analytic, double step, directions *state) {
  const sg_shape *shape = sg_tensor_shape(d->point->inputs[d->input]);
  const int base = sg_index_base(d->point->context);
  char to[96] = "";
  int64_t begin = 0, end = d->count;
  direction_narrow(d, r->step, analytic - r->numeric, &begin, &end);
  comparison found = {0};
  if (end - begin == 1) found = samples_compare(d, step, state, begin);
  if (d->point->exhausted) {
    snprintf(to, sizeof to, "; the budget forbids to look for the place");
  } else if (end - begin == 1) {
    samples_keep(d, step, begin, &found, state);
    snprintf(to, sizeof to, "; narrowed down to element [%.60s]", gradcheck_index_text(shape, begin, base).text);
  } else if (end - begin < d->count) {
    snprintf(to, sizeof to, "; narrowed down to elements [%.25s] to [%.25s]",
             gradcheck_index_text(shape, begin, base).text, gradcheck_index_text(shape, end - 1, base).text);
  }
  snprintf(state->reason, sizeof state->reason,
           "along a random direction: analytic %.10g, numeric %.10g -/+ %.2g%s", analytic, r->numeric, r->bar, to);
}

static void keep_direction(direction *d, const comparison *r, double analytic, double step, directions *state) {
  state->drawn++;
  const bool outside = r->cause == CAUSE_SUBGRADIENT;
  const bool kink = r->verdict == SG_GRADCHECK_NONDIFFERENTIABLE || r->cause == CAUSE_UNCONFIRMED || outside;
  if (kink && !state->avoid_zeros && state->zeros > 0 && state->zeros < state->usable) {
    state->avoid_zeros = true; // and draw again
    return;
  }
  if (r->verdict == SG_GRADCHECK_FAIL && !outside) {
    state->counts.failed++;
    state->probes++;
    state->finished = true;
    narrow_down(d, r, analytic, step, state);
    return;
  }
  // Several kinks at once may have a derivative along u that no choice of one subgradient for each gives: relu(a) -
  // relu(b) at 0 has the derivative 1 along (1, -1). Only the elements alone can tell what is wrong.
  if (outside) {
    state->joined++;
    state->counts.inconclusive++;
    if (++state->lost >= most_lost) state->finished = true;
    return;
  }
  if (r->verdict == SG_GRADCHECK_INCONCLUSIVE) {
    state->counts.inconclusive += r->cause != CAUSE_WIDE;
    if (++state->lost >= most_lost) state->finished = true;
    return;
  }
  state->counts.nondifferentiable += r->verdict == SG_GRADCHECK_NONDIFFERENTIABLE;
  state->counts.passed += r->verdict == SG_GRADCHECK_PASS;
  state->far = state->far || r->far;
  state->reach[state->probes++] = samples_reach(d, r, 1);
}

static void fail_not_finite(const direction *d, double step, directions *state) {
  const comparison r = {
      .verdict = SG_GRADCHECK_FAIL, .cause = CAUSE_NOT_FINITE, .numeric = (double)NAN, .bar = (double)NAN};
  samples_keep(d, step, d->not_finite, &r, state);
  state->finished = true;
}

// ---- When it is enough --------------------------------------------------------------------------------------

// Whether `most_probes` directions like those so far would bring the probability down to what is wanted.
static bool promising(const directions *state, double miss, double wanted) {
  return miss > wanted && pow(miss, (double)most_probes / state->probes) <= wanted;
}

static bool enough_directions(const directions *state, double wanted) {
  if (state->probes >= most_probes) return true;
  if (state->probes < (state->counts.nondifferentiable ? probes_at_kinks : fewest_probes)) return false;
  const double of_directions = miss_single_of_directions(state, miss_single_target(state));
  const bool single =
      miss_single(state, miss_single_target(state)) <= wanted || !promising(state, of_directions, wanted);
  return single && !promising(state, miss_of_directions(state, DENSE_TARGET), wanted);
}

// What directions leave open a larger part of the elements may close.
static int64_t further_samples(const directions *state, double wanted) {
  const double of_directions = miss_single_of_directions(state, miss_single_target(state));
  if (miss_single(state, miss_single_target(state)) <= wanted) return 0;
  return (int64_t)ceil((double)state->usable * (1 - wanted / of_directions)) - state->sampled;
}

// One direction, and elements as long as there are few of them or a failure has to be placed.
static void probe_along(direction *d, const sg_gradcheck_options *o, directions *state) {
  const point *p = d->point;
  const int64_t stale = state->sampled;
  const double wanted = gradcheck_wanted_miss(o);
  double analytic;
  state->along.failures = 0;
  const comparison r = direction_compare(d, &state->along, &analytic);
  if (!p->exhausted) keep_direction(d, &r, analytic, o->step, state);
  if (state->sampled < fewest_probes * samples_per_probe && !state->finished)
    samples_take(d, o->step, samples_per_probe, state);
  if (state->finished && !p->exhausted && state->lost < most_lost) samples_refresh(d, o->step, stale, state);
  if (state->finished || !enough_directions(state, wanted)) return;
  samples_take(d, o->step, further_samples(state, wanted), state);
  state->finished = true;
}

sg_status directions_probe(point *p, int i, const sg_gradcheck_options *o, uint64_t seed, directions *state) {
  if (sg_tensor_elements(p->inputs[i]) == 0) return SG_OK;
  const sg_scope scope = sg_scope_open(p->context);
  direction d;
  if (direction_draw(p, i, o, state->avoid_zeros ? ALONG_NONZERO : ALONG_ALL, seed, &d) == SG_OK) {
    if (d.not_finite >= 0)
      fail_not_finite(&d, o->step, state);
    else
      probe_along(&d, o, state);
  }
  state->exhausted = p->exhausted;
  state->finished = state->finished || state->exhausted;
  sg_scope_close(p->context, scope);
  return sg_error_status(p->context);
}
