// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a check that found nothing has proven.
//
// Directions have normal elements u_j = s_j z_j, where s_j is the length over which x_j varies. Whatever the error
// e of the gradient is like, dense or a single entry, e.u is then normal with the standard deviation |e| (lengths
// of gradients are taken in these units: |e|^2 = sum of (s_j e_j)^2). A probe with the bar b overlooks e when |e.u|
// is below b, with probability erf(b / (sqrt(2) |e|)), and independent probes overlook it with the product of
// these.
#include "autograd/gradcheck/check.h"

#include <math.h>

static const double lowest = -60, highest = 10; // powers of ten between which errors are looked for

double gradcheck_miss(const double *reach, int count, double error) {
  double miss = 1;
  for (int i = 0; i < count; i++) miss *= error > 0 ? erf(reach[i] / (sqrt(2) * error)) : 1;
  return miss;
}

double gradcheck_revealed(const double *reach, int count, double miss) {
  double low = lowest, high = highest;
  if (gradcheck_miss(reach, count, pow(10, high)) > miss) return (double)INFINITY;
  if (gradcheck_miss(reach, count, pow(10, low)) <= miss) return 0;
  for (int i = 0; i < 50; i++) {
    const double middle = 0.5 * (low + high);
    if (gradcheck_miss(reach, count, pow(10, middle)) > miss)
      low = middle;
    else
      high = middle;
  }
  return pow(10, high);
}

// The part of the elements in which no sample has shown an error of that size to be absent.
static double unseen(const sg_check_probing *state, double error) {
  int64_t seen = 0;
  for (int64_t k = 0; k < state->sampled; k++) seen += state->sample_reach[k] < error;
  return 1 - (double)seen / (double)state->usable;
}

// Directions say nothing about the elements they avoid.
double gradcheck_single_miss(const sg_check_probing *state, double error) {
  const bool blind = state->probes == 0 || state->avoid_zeros;
  return unseen(state, error) * (blind ? 1 : gradcheck_miss(state->reach, state->probes, error));
}

double gradcheck_single_revealed(const sg_check_probing *state, double miss) {
  double low = lowest, high = highest;
  if (gradcheck_single_miss(state, pow(10, high)) > miss) return (double)INFINITY;
  if (gradcheck_single_miss(state, pow(10, low)) <= miss) return 0;
  for (int i = 0; i < 50; i++) {
    const double middle = 0.5 * (low + high);
    if (gradcheck_single_miss(state, pow(10, middle)) > miss)
      low = middle;
    else
      high = middle;
  }
  return pow(10, high);
}

// An error whose every entry is within its bar is as long as all bars together at most. Elements at kinks, of which
// each has a valid subgradient, take no part; where one element is open, nothing is promised of the whole.
void gradcheck_promise_full(sg_gradcheck_input *input) {
  double bars = 0, gradient = 0, widest = 0;
  int64_t compared = 0;
  for (int64_t i = 0; i < input->checked; i++) {
    const sg_gradcheck_value *v = &input->values[i];
    if (v->verdict != SG_GRADCHECK_PASS) continue;
    bars = hypot(bars, v->error_bar);
    gradient = hypot(gradient, v->analytic);
    widest = fmax(widest, v->error_bar);
    compared++;
  }
  input->dense_miss = input->single_miss = 1;
  if (compared == 0 || input->failed > 0 || input->inconclusive > 0 || (gradient == 0 && bars > 0)) return;
  input->dense_miss = input->single_miss = 0;
  if (gradient == 0) return;
  input->dense_error = bars / gradient;
  input->single_error = widest / (gradient / sqrt((double)compared));
}
