// SPDX-License-Identifier: GPL-3.0-or-later
//
// Hurwitz' zeta function of x and q, and its derivatives by q. By x there is none.
#ifndef SELENOGRAD_SPECIAL_ZETA_H
#define SELENOGRAD_SPECIAL_ZETA_H

#include "ops/elementwise/binary.h"

enum { SG_ZETA_ORDERS = 16 };

typedef struct sg_zeta_options {
  int64_t order;
} sg_zeta_options;

sg_scalar_function sg_zeta_value; // of x and q; options NULL: the function itself

#define SG_ZETA_PORTS                                                                                              \
  .inputs = SG_PORTS({"x", SG_NUMERIC | SG_SAME_PLACE | SG_UNDIFFERENTIABLE, "exponents above 1, of any shape"},   \
                     {"q", SG_NUMERIC | SG_SAME_PLACE, "tensor whose shape broadcasts with that of x"})

#endif
