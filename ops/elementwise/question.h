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

// The whole of a descriptor: its words, and the answers to 1, -0.5, 0, -0, NaN, inf, -inf.
//   SG_QUESTION(isnan, "Whether an element is NaN. No integer is.", "x is NaN", 0, 0, 0, 0, 1, 0, 0)
#define SG_QUESTION(op, words, condition, ...)                                                                     \
  .name = #op, .summary = words, .formula = "y = " condition, .reference = "Elementary",                           \
  .family = &sg_question_family, .member = &(const sg_question){sg_row_##op},                                      \
  .samples = SG_SAMPLES(                                                                                           \
      {"by hand", SG_ON(SG_VECTOR(1, -0.5, 0, -0.0, (double)NAN, HUGE_VAL, -HUGE_VAL)), SG_GIVES(__VA_ARGS__)})

#endif
