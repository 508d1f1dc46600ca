// SPDX-License-Identifier: GPL-3.0-or-later
//
// The probability that directions and samples which found nothing have overlooked an error, see miss.c. Errors are
// parts of the gradient's length.
#ifndef SELENOGRAD_GRADCHECK_MISS_H
#define SELENOGRAD_GRADCHECK_MISS_H

#include "autograd/gradcheck/directions/directions.h"

// Aimed at: an error of this part of the gradient's length, and one element wrong by this part of the gradient's
// root mean square, are overlooked with a probability of at most the wanted one.
#define DENSE_TARGET 1e-6
#define SINGLE_TARGET 1e-3

typedef double miss_function(const directions *state, double error);

// That an error of this length, distributed in whatever way, is overlooked by all directions.
double miss_of_directions(const directions *state, double error);
// The same for an error in a single element, which is none of those that directions avoid.
double miss_single_of_directions(const directions *state, double error);
// The same for samples and directions together.
double miss_single(const directions *state, double error);

// The smallest error that is overlooked with a probability of at most `wanted`; 0 when none is overlooked at all,
// infinite when any.
double miss_smallest_error(miss_function *miss, const directions *state, double wanted);

// The target for a single element as a part of the gradient's length.
double miss_single_target(const directions *state);

#endif
