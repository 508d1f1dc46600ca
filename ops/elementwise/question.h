// SPDX-License-Identifier: GPL-3.0-or-later
//
// The family of questions to every element, which are steps: y is of bools. A member is its words and the name of a
// row function (ops/kernels/comparison.c).
#ifndef SELENOGRAD_ELEMENTWISE_QUESTION_H
#define SELENOGRAD_ELEMENTWISE_QUESTION_H

#include <math.h>

#include "ops/ops.h"
#include "ops/rows.h"

typedef struct sg_question {
  sg_row_name row;
} sg_question;

extern const sg_op sg_question_family;

// The answers to: 1, -0.5, 0, -0, NaN, inf, -inf
#define SG_QUESTION_BY_HAND(y)                                                                                     \
  {                                                                                                                \
    .name = "by hand",                                                                                             \
    .inputs = {SG_VECTOR(1, -0.5, 0, -0.0, (double)NAN, HUGE_VAL, -HUGE_VAL)},                                     \
    .expected = y                                                                                                  \
  }

#endif
