// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_LENGTH_H
#define SELENOGRAD_GRADCHECK_LENGTH_H

#include <stdint.h>

// The length over which the elements of an input vary: their standard deviation, else their size, else 1. Elements
// that are not finite (left out by the caller) do not count.
double gradcheck_typical_length(const double *x, int64_t count);

#endif
