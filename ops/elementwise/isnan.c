// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_isnan = {
    .name = "isnan",
    .summary = "Whether an element is NaN. No integer is.",
    .formula = "y = x is NaN",
    .reference = "Elementary",
    .family = &sg_question_family,
    .member = &(const sg_question){sg_row_isnan},
    .samples = SG_SAMPLES(SG_QUESTION_BY_HAND(SG_NUMBERS(0, 0, 0, 0, 1, 0, 0))),
};

sg_tensor *sg_isnan(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_isnan, 1, &x, NULL); }
