// SPDX-License-Identifier: GPL-3.0-or-later
//
// The beta function of a and b, closed under differentiation by both.
#ifndef SELENOGRAD_SPECIAL_BETA_H
#define SELENOGRAD_SPECIAL_BETA_H

#include "ops/elementwise/binary.h"

enum { SG_BETA_ORDERS = 16 };

typedef struct sg_beta_options {
  int64_t by_a, by_b; // how many times it is derived
} sg_beta_options;

sg_scalar_function sg_beta_value; // of a and b; options NULL: the function itself

#endif
