// SPDX-License-Identifier: GPL-3.0-or-later
//
// The incomplete gamma functions P and Q, of a and x, and the derivatives of P by x. By a there is no derivative.
#ifndef SELENOGRAD_SPECIAL_GAMMAINC_H
#define SELENOGRAD_SPECIAL_GAMMAINC_H

#include "ops/elementwise/binary.h"

enum { SG_GAMMAINC_ORDERS = 16 };

typedef struct sg_gammainc_options {
  int64_t order;
} sg_gammainc_options;

// Of a and x.
sg_scalar_function sg_gammainc_value, sg_gammaincc_value, sg_gammainc_derivative_value;

#define SG_GAMMAINC_PORTS                                                                                          \
  .inputs =                                                                                                        \
      SG_PORTS({"a", SG_NUMERIC | SG_SAME_PLACE | SG_UNDIFFERENTIABLE, "exponents, at least 0, of any shape"},     \
               {"x", SG_NUMERIC | SG_SAME_PLACE, "tensor, at least 0, whose shape broadcasts with that of a"})

#define SG_GAMMAINC_SAMPLES                                                                                        \
  {"large", SG_ON(SG_UNIFORM(20, 90, SG_DIMS(4)), SG_UNIFORM(20, 90, SG_DIMS(3, 4)))},                             \
      {"small", SG_ON(SG_UNIFORM(0.01, 0.3, SG_DIMS(6)), SG_UNIFORM(0.05, 2, SG_DIMS(6)))}, {                      \
    "huge", SG_ON(SG_UNIFORM(2e6, 2.001e6, SG_DIMS(6)), SG_UNIFORM(1.999e6, 2.002e6, SG_DIMS(6)))                  \
  }

#endif
