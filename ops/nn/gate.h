// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of gated units, which cut x into two halves a and b along a dimension. A member is its words, a row
// function of a and b, and their derivatives as compositions.
#ifndef SELENOGRAD_NN_GATE_H
#define SELENOGRAD_NN_GATE_H

#include "ops/ops.h"
#include "ops/rows.h"

typedef struct sg_gate_options {
  int64_t dim;
} sg_gate_options;

typedef struct sg_gate {
  sg_row_name row;
  // From d_y, a and b in the shape of y.
  sg_tensor *(*d_a)(sg_context *context, sg_tensor *d_y, sg_tensor *a, sg_tensor *b);
  sg_tensor *(*d_b)(sg_context *context, sg_tensor *d_y, sg_tensor *a, sg_tensor *b);
} sg_gate;

extern const sg_op sg_gate_family;

#endif
