// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of functions of three elements, of tensors that broadcast. A member is its words and
//
//   - a row function (ops/kernels/row_list.h), which reads the op's options;
//   - its derivatives as compositions, and which of a, b, c and y each of them reads, as that is what is saved for
//   it;
//   - the names of its inputs, its domain, and samples of its own.
#ifndef SELENOGRAD_ELEMENTWISE_TERNARY_H
#define SELENOGRAD_ELEMENTWISE_TERNARY_H

#include "ops/elementwise/reads.h"
#include "ops/ops.h"
#include "ops/rows.h"

// What derivatives are made of; those of a, b, c (the inputs) and y are there that one of the wanted derivatives
// reads.
typedef struct sg_triple {
  sg_context *context;
  sg_tensor *d_y, *a, *b, *c, *y;
  const void *options;
} sg_triple;

typedef struct sg_ternary {
  sg_row_name row;
  struct {
    sg_tensor *(*of)(const sg_triple *t); // in the shape of y; NULL: d_y itself
    unsigned reads;
  } derivative[3];
} sg_ternary;

extern const sg_op sg_ternary_family; // of f32 and f64

// What a descriptor begins with: its name, which is that of its row, the family, and the three derivatives.
//   SG_TERNARY(addcmul, {NULL, 0}, {d_1, SG_READS_C}, {d_2, SG_READS_B}),
#define SG_TERNARY(op, ...)                                                                                        \
  .name = #op, .family = &sg_ternary_family, .member = &(const sg_ternary) {                                       \
    .row = sg_row_##op, .derivative = { __VA_ARGS__ }                                                              \
  }

#endif
