// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_SPECIAL_LEGENDRE_H
#define SELENOGRAD_SPECIAL_LEGENDRE_H

#include "ops/elementwise/unary.h"

enum { SG_LEGENDRE_LARGEST_N = 100 };

// The derivative of P_n, `order` times.
typedef struct sg_legendre {
  int64_t n, order;
} sg_legendre;

sg_scalar_function sg_legendre_value;
sg_tensor *sg_legendre_d_x(const sg_single *s);

#endif
