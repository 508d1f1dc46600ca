// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions of one variable that come with all of their derivatives: one scalar function of x and of how many times
// it is derived makes two ops, the function and its derivative.
#ifndef SELENOGRAD_SPECIAL_DERIVED_H
#define SELENOGRAD_SPECIAL_DERIVED_H

#include "ops/elementwise/unary.h"

enum { SG_DERIVED_ORDERS = 16 };

// What the scalar function has as its options.
typedef struct sg_derived {
  int64_t order;
  sg_tensor *(*derivative)(sg_context *context, sg_tensor *x, int64_t order); // as an op
} sg_derived;

sg_scalar_function sg_airy_ai_value, sg_dilog_value, sg_erfcx_value, sg_lambertw_value;

sg_tensor *sg_derived_d_x(const sg_single *s);

// What a descriptor begins with: the function, and its derivative with the option `order`.
//   SG_DERIVED(airy_ai, sg_airy_ai_value, sg_airy_ai_derivative),
//   SG_DERIVATIVE(airy_ai_derivative, sg_airy_ai_value, sg_airy_ai_derivative),
#define SG_DERIVED(op, value, derivative)                                                                          \
  SG_SCALAR_UNARY(op, .scalar = value, .constants = &(const sg_derived){0, derivative},                            \
                  .d_x = {sg_derived_d_x, SG_READS_X})
#define SG_DERIVATIVE(op, value, derivative)                                                                       \
  SG_SCALAR_UNARY(op, .scalar = value, .d_x = {sg_derived_d_x, SG_READS_X}),                                       \
      SG_OPTIONS(sg_derived, (&(const sg_derived){1, derivative}),                                                 \
                 SG_OPTION(sg_derived, order, INT, "how many times, up to 16; default 1",                          \
                           SG_AT_LEAST | SG_AT_MOST, 0, SG_DERIVED_ORDERS))

#endif
