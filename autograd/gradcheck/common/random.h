// SPDX-License-Identifier: GPL-3.0-or-later
//
// A small generator of its own: a check must not move the context's random stream.
#ifndef SELENOGRAD_GRADCHECK_RANDOM_H
#define SELENOGRAD_GRADCHECK_RANDOM_H

#include <stdint.h>

uint64_t gradcheck_random_bits(uint64_t *state);
// Uniform in [-1, 1).
double gradcheck_random_part(uint64_t *state);
// Of random sign and a size between 1/2 and 2.
double gradcheck_random_weight(uint64_t *state);

#endif
