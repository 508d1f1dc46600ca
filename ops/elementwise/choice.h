// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of choices: a where a condition holds, else b. A member is its words, its ports and what each of them
// is.
#ifndef SELENOGRAD_ELEMENTWISE_CHOICE_H
#define SELENOGRAD_ELEMENTWISE_CHOICE_H

#include "ops/ops.h"

typedef struct sg_choice {
  int condition, a, b; // numbers of the ports
  bool fills;          // a is a number, and the result has the shape of b
} sg_choice;

extern const sg_op sg_choice_family;

enum {
  SG_CONDITION = SG_ANY_DTYPE | SG_STEP, // flags of the port
};

#endif
