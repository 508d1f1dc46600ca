// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of updates x = f(x, other), where other has x's dtype and shape or broadcasts to it: add_, sub_, mul_
// and div_.
#ifndef SELENOGRAD_UPDATE_H
#define SELENOGRAD_UPDATE_H

#include "ops/elementwise/binary.h"
#include "ops/rows.h"

// x, then other. A member's `member` is its sg_update. Integers are updated in integers.
extern const sg_op sg_update_family;

typedef struct sg_update {
  sg_row_name row;    // of x and other
  sg_row_name scaled; // of x, other and alpha (SG_ALPHA), where alpha is not 1; sg_row_none: there is no alpha
  double sign;        // of alpha
} sg_update;

#endif
