// SPDX-License-Identifier: GPL-3.0-or-later
//
// The counter-based generator Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011) and the context's stream of it as a GSL generator.
#ifndef SELENOGRAD_RANDOM_H
#define SELENOGRAD_RANDOM_H

#include <gsl/gsl_rng.h>

#include "autograd/op.h"

// Ten rounds over a counter of 128 bits with a key of 64 bits.
void sg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]);

// Number `number` of the stream after `start`, 64 random bits.
uint64_t sg_philox_bits(sg_random_state start, int64_t number);

// A generator type over one sg_random_state; gsl_rng_alloc makes independent ones.
const gsl_rng_type *sg_random_gsl_type(void);

// The context's own stream as a GSL generator, so that every GSL distribution draws from it. Owned by the context.
gsl_rng *sg_random_generator(sg_context *context);

#endif
