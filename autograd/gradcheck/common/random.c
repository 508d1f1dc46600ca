// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/common/random.h"

#include <math.h>

// splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
uint64_t gradcheck_random_bits(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

double gradcheck_random_part(uint64_t *state) {
  return ldexp((double)(gradcheck_random_bits(state) >> 11), -52) - 1;
}

double gradcheck_random_weight(uint64_t *state) {
  const uint64_t bits = gradcheck_random_bits(state);
  const double size = 0.5 + 1.5 * ldexp((double)(bits >> 12), -52);
  return bits & 1 ? size : -size;
}
