// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elements that are compared beside the directions, taken from a walk that meets every element once.
#ifndef SELENOGRAD_GRADCHECK_SAMPLES_H
#define SELENOGRAD_GRADCHECK_SAMPLES_H

#include "autograd/gradcheck/directions/direction.h"
#include "autograd/gradcheck/directions/directions.h"

enum { fewest_probes = 3, samples_per_probe = 16, most_samples = 1024 };

// Gets ready to walk over `count` elements, some of them usable; memory belongs to the current scope.
sg_status samples_start(sg_context *c, int64_t count, uint64_t seed, directions *state);
// Compares element j. `step`: as asked for.
comparison samples_compare(const direction *d, double step, directions *state, int64_t j);
// Adds an element, or replaces what was found there under other weights.
void samples_keep(const direction *d, double step, int64_t j, const comparison *r, directions *state);
// Compares further elements, as many as wanted if there are so many. One that fails finishes the search.
void samples_take(const direction *d, double step, int64_t wanted, directions *state);
// A failure is diagnosed from the samples: these are completed, and the first `stale` ones, which were taken under
// other weights, are taken anew.
void samples_refresh(const direction *d, double step, int64_t stale, directions *state);
// By position.
sg_status samples_sort(sg_context *c, directions *state);

// The reach of a comparison, see miss.c, of a value whose unit is as long as this part of the gradient's length.
double samples_reach(const direction *d, const comparison *r, double unit);

#endif
