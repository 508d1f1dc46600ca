// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x^2 with a derivative that misbehaves on demand.
#ifndef SELENOGRAD_TEST_GRADCHECK_ODD_OP_H
#define SELENOGRAD_TEST_GRADCHECK_ODD_OP_H

#include "autograd/op.h"

typedef enum misbehaviour {
  NONE,
  CLIPS,          // at 1
  CLIPS_LATE,     // at a thousand
  CLIPS_FAR,      // at 1e12
  DROPS_SMALL,    // below a hundred thousandth
  TAKES_SIZE,     // |v|
  TAKES_SIGN,     // v / |v|
  KEEPS_LARGEST,  // zeros for all but the largest v
  ADDS,           // a constant
  DIVIDES_BY_SUM, // v s / s, where s = sum of |v|
  CHANGES,        // another factor each time
  WRITES_INPUT,
  WRITES_OUTPUT,
  WRITES_COTANGENT,
  OTHER_GRAPH, // the recorded derivative is off
  FORGETS_V,   // the recorded derivative is a constant
} misbehaviour;

typedef struct odd_options {
  int64_t misbehaviour;
  int *calls;
} odd_options;

extern const sg_op op_odd;

#endif
