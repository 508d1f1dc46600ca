// SPDX-License-Identifier: GPL-3.0-or-later
//
// The inverse of a matrix, which PyTorch gives two names.
#ifndef SELENOGRAD_LINALG_INVERSION_H
#define SELENOGRAD_LINALG_INVERSION_H

#include "ops/linalg/matrices.h"

extern const sg_matrices_member sg_inversion_member;
void sg_inversion_vjp(const sg_call *call);
extern const sg_sample sg_inversion_samples[], sg_inversion_bad_samples[];

// All of a descriptor.
#define SG_INVERSION(op)                                                                                           \
  .name = #op, .family = &sg_matrices_family, .member = &sg_inversion_member,                                      \
  SG_WORDS("The inverses of square matrices; a singular one is an error. NaN where an element is not finite.",     \
           "y = x^-1, d_x = -y' d_y y'", SG_GILES("2.2.3")),                                                       \
  .inputs = SG_PORTS({"x", 0, "(..., n, n)"}), .outputs = SG_PORTS({"y", 0, "the shape of x"}),                    \
  .save_outputs = 1 << 0, .vjp = sg_inversion_vjp, .samples = sg_inversion_samples,                                \
  .bad_samples = sg_inversion_bad_samples

#endif
