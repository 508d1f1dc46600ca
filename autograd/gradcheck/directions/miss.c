// SPDX-License-Identifier: GPL-3.0-or-later
//
// What directions that found nothing have proven.
//
// Directions have normal elements u_j = s_j z_j, where s_j is the length over which x_j varies. Whatever the error
// e of the gradient is like, dense or a single entry, e.u is then normal with the standard deviation |e| (lengths
// of gradients are taken in these units: |e|^2 = sum of (s_j e_j)^2). A probe with the bar b overlooks e when |e.u|
// is below b, with probability erf(b / (sqrt(2) |e|)), and independent probes overlook it with the product of
// these. The reach of a probe is its bar over the length of the gradient, both along the direction.
#include "autograd/gradcheck/directions/miss.h"

#include <math.h>

double miss_of_directions(const directions *state, double error) {
  double miss = 1;
  for (int i = 0; i < state->probes; i++) miss *= error > 0 ? erf(state->reach[i] / (sqrt(2) * error)) : 1;
  return miss;
}

double miss_single_of_directions(const directions *state, double error) {
  return state->avoid_zeros ? 1 : miss_of_directions(state, error);
}

// The part of the elements in which no sample has shown an error of that size to be absent.
static double unseen(const directions *state, double error) {
  int64_t seen = 0;
  for (int64_t k = 0; k < state->sampled; k++) seen += state->sample_reach[k] < error;
  return 1 - (double)seen / (double)state->usable;
}

double miss_single(const directions *state, double error) {
  return unseen(state, error) * miss_single_of_directions(state, error);
}

double miss_smallest_error(miss_function *miss, const directions *state, double wanted) {
  double low = -60, high = 10; // powers of ten
  if (miss(state, pow(10, high)) > wanted) return (double)INFINITY;
  if (miss(state, pow(10, low)) <= wanted) return 0;
  for (int i = 0; i < 50; i++) {
    const double middle = 0.5 * (low + high);
    if (miss(state, pow(10, middle)) > wanted)
      low = middle;
    else
      high = middle;
  }
  return pow(10, high);
}

double miss_single_target(const directions *state) { return SINGLE_TARGET / sqrt((double)state->usable); }
