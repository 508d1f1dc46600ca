// SPDX-License-Identifier: GPL-3.0-or-later
//
// addcmul and addcdiv: y = x + value f(tensor1, tensor2).
#ifndef SELENOGRAD_ELEMENTWISE_ADDED_TERM_H
#define SELENOGRAD_ELEMENTWISE_ADDED_TERM_H

#include "ops/elementwise/ternary.h"

typedef struct sg_added_term_options {
  double value;
} sg_added_term_options;

// d_y value.
static inline sg_tensor *sg_added_term_d_y(const sg_triple *t) {
  return sg_mul_scalar(t->context, t->d_y, ((const sg_added_term_options *)t->options)->value);
}

// What a descriptor begins with: what f is, what tensor2 is in it, and the derivatives to tensor1 and tensor2.
#define SG_ADDED_TERM(op, what, second, ...)                                                                       \
  SG_TERNARY(op, {NULL, 0}, __VA_ARGS__),                                                                          \
      .inputs = SG_PORTS({"x", SG_SAME_PLACE, "tensor of any shape"},                                              \
                         {"tensor1", SG_SAME_PLACE, "tensor whose shape broadcasts with that of x"},               \
                         {"tensor2", SG_SAME_PLACE, second "; broadcasts with them"}),                             \
      SG_OPTIONS(sg_added_term_options, SG_WITH_VALUE(1),                                                          \
                 SG_OPTION(sg_added_term_options, value, FLOAT, "factor of the " what)),                           \
      .domain = {0.5, 2}

#define SG_WITH_VALUE(number) (&(const sg_added_term_options){number})

#endif
