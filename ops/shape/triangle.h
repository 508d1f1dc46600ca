// SPDX-License-Identifier: GPL-3.0-or-later
//
// Matrices with zeros above or below a diagonal.
#ifndef SELENOGRAD_TRIANGLE_H
#define SELENOGRAD_TRIANGLE_H

#include "autograd/op.h"

typedef struct sg_triangle_options {
  int64_t diagonal;
} sg_triangle_options;

typedef struct sg_triangle_member {
  bool upper; // is what is kept
} sg_triangle_member;

extern const sg_op sg_triangle_family;
// What a descriptor begins with: SG_TRIANGLE(tril, false),
#define SG_TRIANGLE(op, is_upper)                                                                                  \
  .name = #op, .family = &sg_triangle_family, .member = &(const sg_triangle_member) { .upper = is_upper }

#endif
