// SPDX-License-Identifier: GPL-3.0-or-later
//
// What elu and celu share: alpha, minus their limit for x towards -infinity.
#ifndef SELENOGRAD_ELEMENTWISE_ELU_H
#define SELENOGRAD_ELEMENTWISE_ELU_H

#include "ops/elementwise/unary.h"

typedef struct sg_elu_options {
  double alpha;
} sg_elu_options;

// With flags and bounds of the option.
#define SG_ELU_OPTIONS(...)                                                                                        \
  SG_OPTIONS(sg_elu_options, SG_CONSTANT(sg_elu_options, 1),                                                       \
             SG_OPTION(sg_elu_options, alpha, FLOAT, "minus the limit for x towards -infinity", __VA_ARGS__))

static inline double sg_elu_alpha(const sg_single *s) { return ((const sg_elu_options *)s->options)->alpha; }

#endif
