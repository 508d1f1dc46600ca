// SPDX-License-Identifier: GPL-3.0-or-later
//
// What hardshrink and softshrink share: the bound within which an element becomes 0.
#ifndef SELENOGRAD_ELEMENTWISE_SHRINK_H
#define SELENOGRAD_ELEMENTWISE_SHRINK_H

#include "ops/elementwise/unary.h"

typedef struct sg_shrink_options {
  double lambd;
} sg_shrink_options;

#define SG_SHRINK_OPTIONS(...)                                                                                     \
  SG_OPTIONS(sg_shrink_options, SG_CONSTANT(sg_shrink_options, 0.5),                                               \
             SG_OPTION(sg_shrink_options, lambd, FLOAT, "bound", __VA_ARGS__))

// t, but 0 where x is within the bound.
static inline sg_tensor *sg_beyond_bound(const sg_single *s, sg_tensor *t) {
  const double lambda = ((const sg_shrink_options *)s->options)->lambd;
  return sg_beyond(s->context, t, s->x, -lambda, lambda);
}

#endif
