// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_isfinite = {
    .name = "isfinite",
    .summary = "Whether an element is neither NaN nor an infinity. Every integer is.",
    .formula = "y = |x| < inf",
    .reference = "Elementary",
    .family = &sg_question_family,
    .member = &(const sg_question){sg_row_isfinite},
    .samples = SG_SAMPLES(SG_QUESTION_BY_HAND(SG_NUMBERS(1, 1, 1, 1, 0, 0, 0))),
};

sg_tensor *sg_isfinite(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_isfinite, 1, &x, NULL);
}
