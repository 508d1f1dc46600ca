// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_GRADCHECK_STAIRCASE_H
#define SELENOGRAD_GRADCHECK_STAIRCASE_H

#include "autograd/gradcheck/difference/difference.h"

// Whether `slope` is only that between two jumps of a staircase of rounding errors, see staircase.c.
bool staircase_explains(scalar *f, double analytic, double slope, double first_step);

#endif
