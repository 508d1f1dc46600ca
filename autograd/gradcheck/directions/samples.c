// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/directions/samples.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/elements/elements.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- The walk -----------------------------------------------------------------------------------------------

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
static void choose_walk(directions *state, int64_t count, uint64_t seed) {
  state->cursor = (int64_t)(gradcheck_random_bits(&seed) % (uint64_t)count);
  do state->stride = 1 + (int64_t)(gradcheck_random_bits(&seed) % (uint64_t)count);
  while (greatest_common_divisor(state->stride, count) != 1);
}

sg_status samples_start(sg_context *c, int64_t count, uint64_t seed, directions *state) {
  choose_walk(state, count, seed);
  state->capacity = (state->usable < most_samples ? state->usable : most_samples) + 1; // one that is pointed to
  const size_t room = (size_t)state->capacity;
  sg_tensor *owner;
  state->positions = gradcheck_memory(c, room * sizeof *state->positions, &owner);
  state->analytic = gradcheck_memory(c, room * sizeof *state->analytic, &owner);
  state->results = gradcheck_memory(c, room * sizeof *state->results, &owner);
  state->sample_reach = gradcheck_memory(c, room * sizeof *state->sample_reach, &owner);
  return sg_error_status(c);
}

// ---- Comparing ----------------------------------------------------------------------------------------------

comparison samples_compare(const direction *d, double step, directions *state, int64_t j) {
  scalar f = {.point = d->point, .input = d->point->inputs[d->input], .position = j, .k = d->k};
  f.x = d->origin[j];
  return verdict_compare(&f, d->gradient[j], elements_first_step(f.x, d->typical, step), &state->beside);
}

// An error that exceeds this would have shown: none where nothing is proven; where one-sided derivatives differ, an
// error may lead from one end of what is valid to the other.
static double hidden_error(const comparison *r) {
  if (r->verdict == SG_GRADCHECK_PASS) return r->bar;
  return r->verdict == SG_GRADCHECK_NONDIFFERENTIABLE ? 2 * r->bar : (double)INFINITY;
}

double samples_reach(const direction *d, const comparison *r, double unit) {
  const double error = hidden_error(r);
  if (error == 0) return 0;
  return isfinite(error) && d->length > 0 ? error * unit / d->length : (double)INFINITY;
}

void samples_keep(const direction *d, double step, int64_t j, const comparison *r, directions *state) {
  int64_t at = 0;
  while (at < state->sampled && state->positions[at] != j) at++;
  if (at == state->capacity) return;
  state->positions[at] = j;
  state->analytic[at] = d->gradient[j];
  state->results[at] = *r;
  state->sample_reach[at] = samples_reach(d, r, direction_own_length(d, j, step));
  state->sampled += at == state->sampled;
}

static bool sampled_already(const directions *state, int64_t j) {
  for (int64_t at = 0; at < state->sampled; at++)
    if (state->positions[at] == j) return true;
  return false;
}

void samples_take(const direction *d, double step, int64_t wanted, directions *state) {
  point *p = d->point;
  while (wanted > 0 && state->walked < d->count && state->sampled < state->capacity - 1) {
    const int64_t j = state->cursor;
    state->cursor = (j + state->stride) % d->count;
    state->walked++;
    if (!point_compares(p, d->input, j) || sampled_already(state, j)) continue;
    const comparison r = samples_compare(d, step, state, j);
    state->exhausted = p->exhausted;
    if (state->exhausted || sg_error_status(p->context) != SG_OK) return;
    samples_keep(d, step, j, &r, state);
    wanted--;
    if (r.verdict == SG_GRADCHECK_FAIL) state->finished = true;
  }
}

void samples_refresh(const direction *d, double step, int64_t stale, directions *state) {
  for (int64_t k = 0; k < stale; k++) {
    const int64_t j = state->positions[k];
    const comparison r = samples_compare(d, step, state, j);
    if (d->point->exhausted || sg_error_status(d->point->context) != SG_OK) return;
    samples_keep(d, step, j, &r, state);
  }
  samples_take(d, step, fewest_probes * samples_per_probe - state->sampled, state);
}

// ---- Order --------------------------------------------------------------------------------------------------

typedef struct sample_order {
  int64_t position, at;
} sample_order;

static int by_position(const void *a, const void *b) {
  const int64_t left = ((const sample_order *)a)->position, right = ((const sample_order *)b)->position;
  return (left > right) - (left < right);
}

sg_status samples_sort(sg_context *c, directions *state) {
  const size_t count = (size_t)state->sampled;
  if (count == 0) return SG_OK;
  sg_tensor *owner;
  sample_order *order = gradcheck_memory(c, count * sizeof *order, &owner);
  double *analytic = gradcheck_memory(c, count * sizeof *analytic, &owner);
  comparison *results = gradcheck_memory(c, count * sizeof *results, &owner);
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
