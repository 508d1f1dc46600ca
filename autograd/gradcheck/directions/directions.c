// SPDX-License-Identifier: GPL-3.0-or-later
//
// Directional mode: derivatives along random directions, and those of some elements, under new weights each time,
// until what is asked for can be promised (promise.c).
#include "autograd/gradcheck/check.h"
#include "autograd/gradcheck/directions/direction.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { fewest_probes = 3, most_probes = 64, most_lost = 4, samples_per_probe = 16, most_samples = 1024 };
// At a kink that directions cannot avoid, more of them look whether the gradient is one of the whole.
enum { probes_at_kinks = 16 };

// Promised: an error of this part of the gradient's length, and one entry wrong by this part of the gradient's root
// mean square, are overlooked with a probability of at most the wanted one.
#define DENSE_TARGET 1e-6
#define SINGLE_TARGET 1e-3

static double wanted_miss(const sg_gradcheck_options *o) { return o->miss > 0 ? o->miss : 0.01; }

// ---- Start ---------------------------------------------------------------------------------------------------

static int64_t greatest_common_divisor(int64_t a, int64_t b) {
  while (b) {
    const int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// start, start + stride, ... modulo the count: every element once, and each is among the first m with probability
// m / count.
static void choose_walk(sg_check_probing *state, int64_t count, uint64_t seed) {
  state->cursor = (int64_t)(gradcheck_random_bits(&seed) % (uint64_t)count);
  do state->stride = 1 + (int64_t)(gradcheck_random_bits(&seed) % (uint64_t)count);
  while (greatest_common_divisor(state->stride, count) != 1);
}

sg_status gradcheck_start_probing(sg_check_problem *p, int i, uint64_t seed, sg_check_probing *state) {
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  const double *x = sg_tensor_data(p->inputs[i]);
  *state = (sg_check_probing){.along = gradcheck_inexperienced, .beside = gradcheck_inexperienced};
  for (int64_t j = 0; j < count; j++) {
    if (!gradcheck_usable(p, i, j)) continue;
    state->usable++;
    state->zeros += x[j] == 0;
  }
  state->finished = state->usable == 0;
  if (state->finished) return SG_OK;
  choose_walk(state, count, seed);
  state->capacity = (state->usable < most_samples ? state->usable : most_samples) + 1; // one that is pointed to
  const size_t room = (size_t)state->capacity;
  sg_tensor *owner;
  state->reach = gradcheck_room(p->context, most_probes * sizeof *state->reach, &owner);
  state->positions = gradcheck_room(p->context, room * sizeof *state->positions, &owner);
  state->analytic = gradcheck_room(p->context, room * sizeof *state->analytic, &owner);
  state->results = gradcheck_room(p->context, room * sizeof *state->results, &owner);
  state->sample_reach = gradcheck_room(p->context, room * sizeof *state->sample_reach, &owner);
  return sg_error_status(p->context);
}

// ---- Sampled elements ----------------------------------------------------------------------------------------

static comparison compare_at(const line *l, double step, sg_check_probing *state, int64_t j) {
  element e = {.problem = l->problem, .input = l->problem->inputs[l->input], .position = j, .k = l->k};
  e.x = l->origin[j];
  return gradcheck_compare(&e, l->gradient[j], gradcheck_first_step(e.x, l->typical, step), &state->beside);
}

// An error that exceeds this would have shown: none where nothing is proven; where one-sided derivatives differ, an
// error may lead from one end of what is valid to the other.
static double hidden_error(const comparison *r) {
  if (r->verdict == SG_GRADCHECK_PASS) return r->bar;
  return r->verdict == SG_GRADCHECK_NONDIFFERENTIABLE ? 2 * r->bar : (double)INFINITY;
}

// The same of a value whose unit is as long as this part of the gradient's length.
static double reach_of(const line *l, const comparison *r, double unit) {
  const double error = hidden_error(r);
  if (error == 0) return 0;
  return isfinite(error) && l->length > 0 ? error * unit / l->length : (double)INFINITY;
}

// Adds an element, or replaces what was found there under other weights.
static void keep_sample(const line *l, double step, int64_t j, const comparison *r, sg_check_probing *state) {
  int64_t at = 0;
  while (at < state->sampled && state->positions[at] != j) at++;
  if (at == state->capacity) return;
  state->positions[at] = j;
  state->analytic[at] = l->gradient[j];
  state->results[at] = *r;
  state->sample_reach[at] = reach_of(l, r, gradcheck_own_length(l, j, step));
  state->sampled += at == state->sampled;
}

static bool sampled_already(const sg_check_probing *state, int64_t j) {
  for (int64_t at = 0; at < state->sampled; at++)
    if (state->positions[at] == j) return true;
  return false;
}

static void take_samples(const line *l, double step, int64_t wanted, sg_check_probing *state) {
  sg_check_problem *p = l->problem;
  while (wanted > 0 && state->walked < l->count && state->sampled < state->capacity - 1) {
    const int64_t j = state->cursor;
    state->cursor = (j + state->stride) % l->count;
    state->walked++;
    if (!gradcheck_usable(p, l->input, j) || sampled_already(state, j)) continue;
    const comparison r = compare_at(l, step, state, j);
    state->exhausted = p->exhausted;
    if (state->exhausted || sg_error_status(p->context) != SG_OK) return;
    keep_sample(l, step, j, &r, state);
    wanted--;
    if (r.verdict == SG_GRADCHECK_FAIL) state->finished = true;
  }
}

// A failure is diagnosed from the samples: these are completed, and what was taken under other weights is taken
// anew.
static void refresh_samples(const line *l, double step, int64_t stale, sg_check_probing *state) {
  for (int64_t k = 0; k < stale; k++) {
    const int64_t j = state->positions[k];
    const comparison r = compare_at(l, step, state, j);
    if (l->problem->exhausted || sg_error_status(l->problem->context) != SG_OK) return;
    keep_sample(l, step, j, &r, state);
  }
  take_samples(l, step, fewest_probes * samples_per_probe - state->sampled, state);
}

// ---- A direction ---------------------------------------------------------------------------------------------

static void write_index(const sg_check_problem *p, int i, int64_t position, char *text, size_t size) {
  const sg_shape *shape = sg_tensor_shape(p->inputs[i]);
  long long index[SG_MAX_RANK];
  for (int d = shape->rank - 1; d >= 0; d--) {
    index[d] = position % shape->size[d] + sg_index_base(p->context);
    position /= shape->size[d];
  }
  size_t length = 0;
  for (int d = 0; d < shape->rank && length < size; d++)
    length += (size_t)snprintf(text + length, size - length, "%s%lld", d ? ", " : "", index[d]);
}

// Looks for the element that is to blame.
static void narrow_down(line *l, const comparison *r, double analytic, double step, sg_check_probing *state) {
  sg_check_problem *p = l->problem;
  char from[96] = "", to[96] = "";
  int64_t begin = 0, end = l->count;
  gradcheck_narrow(l, r->step, analytic - r->numeric, &begin, &end);
  comparison found = {0};
  if (end - begin == 1) found = compare_at(l, step, state, begin);
  if (p->exhausted) {
    snprintf(to, sizeof to, "; the budget forbids to look for the place");
  } else if (end - begin == 1) {
    keep_sample(l, step, begin, &found, state);
    write_index(p, l->input, begin, from, sizeof from);
    snprintf(to, sizeof to, "; narrowed down to element [%.60s]", from);
  } else if (end - begin < l->count) {
    char last[40];
    write_index(p, l->input, begin, from, 40);
    write_index(p, l->input, end - 1, last, sizeof last);
    snprintf(to, sizeof to, "; narrowed down to elements [%.25s] to [%.25s]", from, last);
  }
  snprintf(state->reason, sizeof state->reason,
           "along a random direction: analytic %.10g, numeric %.10g -/+ %.2g%s", analytic, r->numeric, r->bar, to);
}

static void keep_direction(line *l, const comparison *r, double analytic, double step, sg_check_probing *state) {
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
    narrow_down(l, r, analytic, step, state);
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
  state->reach[state->probes++] = reach_of(l, r, 1);
}

static void fail_not_finite(const line *l, double step, sg_check_probing *state) {
  const comparison r = {
      .verdict = SG_GRADCHECK_FAIL, .cause = CAUSE_NOT_FINITE, .numeric = (double)NAN, .bar = (double)NAN};
  keep_sample(l, step, l->not_finite, &r, state);
  state->finished = true;
}

// ---- When it is enough ----------------------------------------------------------------------------------------

static double single_target(const sg_check_probing *state) { return SINGLE_TARGET / sqrt((double)state->usable); }

static double dense_miss(const sg_check_probing *state) {
  return state->probes ? gradcheck_miss(state->reach, state->probes, DENSE_TARGET) : 1;
}

static double directions_miss(const sg_check_probing *state) {
  if (state->probes == 0 || state->avoid_zeros) return 1;
  return gradcheck_miss(state->reach, state->probes, single_target(state));
}

static double single_miss(const sg_check_probing *state) {
  return gradcheck_single_miss(state, single_target(state));
}

// Whether `most_probes` directions like those so far would bring the probability down to what is wanted.
static bool promising(const sg_check_probing *state, double miss, double wanted) {
  return miss > wanted && pow(miss, (double)most_probes / state->probes) <= wanted;
}

static bool enough_directions(const sg_check_probing *state, double wanted) {
  if (state->probes >= most_probes) return true;
  if (state->probes < (state->counts.nondifferentiable ? probes_at_kinks : fewest_probes)) return false;
  const double directions = directions_miss(state);
  const bool single = single_miss(state) <= wanted || !promising(state, directions, wanted);
  return single && !promising(state, dense_miss(state), wanted);
}

// What directions leave open a larger part of the elements may close.
static int64_t further_samples(const sg_check_probing *state, double wanted) {
  const double directions = directions_miss(state);
  if (single_miss(state) <= wanted) return 0;
  return (int64_t)ceil((double)state->usable * (1 - wanted / directions)) - state->sampled;
}

sg_status gradcheck_probe(sg_check_problem *p, int i, const sg_gradcheck_options *o, uint64_t seed,
                          sg_check_probing *state) {
  if (sg_tensor_elements(p->inputs[i]) == 0) return SG_OK;
  const sg_scope scope = sg_scope_open(p->context);
  line l;
  if (gradcheck_draw_line(p, i, o, state->avoid_zeros ? ALONG_NONZERO : ALONG_ALL, seed, &l) == SG_OK) {
    if (l.not_finite >= 0) {
      fail_not_finite(&l, o->step, state);
    } else {
      double analytic;
      const int64_t stale = state->sampled;
      state->along.failures = 0;
      const comparison r = gradcheck_compare_line(&l, &state->along, &analytic);
      if (!p->exhausted) keep_direction(&l, &r, analytic, o->step, state);
      if (state->sampled < fewest_probes * samples_per_probe && !state->finished)
        take_samples(&l, o->step, samples_per_probe, state);
      if (state->finished && !p->exhausted && state->lost < most_lost) refresh_samples(&l, o->step, stale, state);
      if (!state->finished && enough_directions(state, wanted_miss(o))) {
        take_samples(&l, o->step, further_samples(state, wanted_miss(o)), state);
        state->finished = true;
      }
    }
  }
  state->exhausted = p->exhausted;
  state->finished = state->finished || state->exhausted;
  sg_scope_close(p->context, scope);
  return sg_error_status(p->context);
}

// ---- Conclusion ----------------------------------------------------------------------------------------------

typedef struct sample_order {
  int64_t position, at;
} sample_order;

static int by_position(const void *a, const void *b) {
  const int64_t left = ((const sample_order *)a)->position, right = ((const sample_order *)b)->position;
  return (left > right) - (left < right);
}

static sg_status sort_samples(sg_context *c, sg_check_probing *state) {
  const size_t count = (size_t)state->sampled;
  if (count == 0) return SG_OK;
  sg_tensor *owner;
  sample_order *order = gradcheck_room(c, count * sizeof *order, &owner);
  double *analytic = gradcheck_room(c, count * sizeof *analytic, &owner);
  comparison *results = gradcheck_room(c, count * sizeof *results, &owner);
  if (!order || !analytic || !results) return sg_error_status(c);
  for (size_t k = 0; k < count; k++) order[k] = (sample_order){state->positions[k], (int64_t)k};
  qsort(order, count, sizeof *order, by_position);
  for (size_t k = 0; k < count; k++) {
    analytic[k] = state->analytic[order[k].at];
    results[k] = state->results[order[k].at];
    state->positions[k] = order[k].position;
  }
  memcpy(state->analytic, analytic, count * sizeof *analytic);
  memcpy(state->results, results, count * sizeof *results);
  return SG_OK;
}

static void promise(const sg_check_probing *state, double wanted, sg_gradcheck_input *input) {
  input->dense_error = gradcheck_revealed(state->reach, state->probes, wanted);
  input->dense_miss = wanted;
  if (!(input->dense_error <= DENSE_TARGET)) {
    input->dense_error = DENSE_TARGET;
    input->dense_miss = dense_miss(state);
  }
  input->single_error = gradcheck_single_revealed(state, wanted) * sqrt((double)state->usable);
  input->single_miss = wanted;
  if (!(input->single_error <= SINGLE_TARGET)) {
    input->single_error = SINGLE_TARGET;
    input->single_miss = single_miss(state);
  }
}

static void explain(const sg_check_probing *state, const sg_gradcheck_options *o, sg_gradcheck_input *input) {
  char *reason = input->reason;
  const size_t size = sizeof input->reason;
  if (state->probes == 0 && state->exhausted)
    snprintf(reason, size, "the budget of %llu evaluations allows no direction", (unsigned long long)o->budget);
  else if (state->probes == 0 && state->counts.inconclusive == 0)
    snprintf(reason, size, "the gradient is lost in rounding noise although the function uses the input");
  else if (state->joined)
    snprintf(
        reason, size,
        "at a kink, and along random directions the analytic value is not between the one-sided derivatives, as "
        "that of a gradient of the whole would be; elements alone may still be right");
  else if (state->counts.inconclusive)
    snprintf(reason, size, "along random directions differences at different steps do not confirm each other");
  else if (state->avoid_zeros)
    snprintf(reason, size,
             "the function has kinks at zeros: directions left %lld elements that are 0 alone, and promise nothing "
             "of them",
             (long long)state->zeros);
  else if (state->counts.nondifferentiable)
    snprintf(
        reason, size,
        "at a kink along random directions: the gradient is a valid subgradient there, and what is smaller than "
        "the kink would not show");
  else if (input->dense_miss > wanted_miss(o) || input->single_miss > wanted_miss(o))
    snprintf(reason, size,
             "%s: a wrong gradient (relative error %.2g) would slip through with probability %.2g, a single wrong "
             "entry (%.2g of the root mean square) with %.2g",
             state->exhausted ? "the budget ended the check" : "the error bars are too wide for more",
             input->dense_error, input->dense_miss, input->single_error, input->single_miss);
  else if (state->far)
    snprintf(reason, size,
             "directions come out of rounding noise only at steps much longer than the distances over which the "
             "input varies: what the function does nearer would not show");
  else if (state->lost)
    snprintf(reason, size, "%d directions were lost in rounding noise and drawn again", state->lost);
}

static void remember_kinks(sg_check_problem *p, int i, const sg_check_probing *state) {
  double *kinks = p->kinks[i] ? sg_tensor_write(p->kinks[i], "gradcheck") : NULL;
  for (int64_t k = 0; kinks && k < state->sampled; k++)
    if (state->results[k].verdict == SG_GRADCHECK_NONDIFFERENTIABLE) kinks[state->positions[k]] = 1;
}

// Directions that told nothing count only where no other has told anything in their place.
static void join_directions(const sg_check_probing *state, const sg_gradcheck_options *o,
                            sg_gradcheck_input *input) {
  const int elements = input->checked ? gradcheck_verdict_rank(input->verdict) : 0;
  input->probes = state->probes;
  input->directions = state->counts;
  if (state->probes == 0) input->directions.inconclusive = state->drawn > 1 ? state->drawn : 1;
  gradcheck_judge_input(input);
  const int rank = gradcheck_verdict_rank(gradcheck_worst_counted(&input->directions));
  if (rank < elements && input->reason[0]) return;
  if (state->reason[0] && rank > 0) snprintf(input->reason, sizeof input->reason, "%s", state->reason);
  if (rank < 3 && input->verdict != SG_GRADCHECK_FAIL) explain(state, o, input);
}

// Every element is left out or at a kink of a lower derivative, where this one does not exist.
static sg_status conclude_without_directions(sg_check_problem *p, int i, sg_gradcheck_input *input) {
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  const double *analytic = sg_tensor_data(p->gradient[i]);
  sg_gradcheck_value *values = gradcheck_keep(p->context, input, (size_t)count * sizeof *values);
  if (!values) return sg_error_status(p->context);
  input->values = values;
  for (int64_t j = 0; j < count; j++) {
    if (p->skip[i] && sg_tensor_value(p->skip[i], j) != 0) continue;
    const bool finite = isfinite(analytic[j]);
    const sg_gradcheck_verdict verdict = finite ? SG_GRADCHECK_NONDIFFERENTIABLE : SG_GRADCHECK_FAIL;
    values[input->checked++] = (sg_gradcheck_value){j, analytic[j], analytic[j], 0, verdict};
    input->nondifferentiable += finite;
    input->failed += !finite;
  }
  gradcheck_judge_input(input);
  snprintf(input->reason, sizeof input->reason, "all elements are %s", input->checked ? "at kinks" : "skipped");
  return SG_OK;
}

sg_status gradcheck_conclude_probing(sg_check_problem *p, int i, const sg_gradcheck_options *o,
                                     sg_check_probing *state, sg_gradcheck_input *input) {
  input->mode = SG_GRADCHECK_DIRECTIONAL;
  const int64_t count = sg_tensor_elements(p->inputs[i]);
  for (int64_t j = 0; p->skip[i] && j < count; j++) input->skipped += sg_tensor_value(p->skip[i], j) != 0;
  gradcheck_judge_input(input);
  if (count == 0) return SG_OK;
  if (state->usable == 0) return conclude_without_directions(p, i, input);
  if (sort_samples(p->context, state) != SG_OK) return sg_error_status(p->context);
  sg_gradcheck_value *values = gradcheck_keep(p->context, input, ((size_t)state->sampled + 1) * sizeof *values);
  if (!values) return sg_error_status(p->context);
  input->values = values;
  remember_kinks(p, i, state);
  if (state->sampled)
    gradcheck_summarize(input, state->results, state->positions, state->analytic, state->sampled, values);
  if (state->counts.failed == 0 && state->counts.inconclusive == 0 && input->failed == 0 &&
      input->inconclusive == 0)
    promise(state, wanted_miss(o), input);
  join_directions(state, o, input);
  return SG_OK;
}
