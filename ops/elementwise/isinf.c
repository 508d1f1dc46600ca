// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_isinf = {
    .name = "isinf",
    .summary = "Whether an element is an infinity. No integer is.",
    .formula = "y = x is inf or -inf",
    .reference = "Elementary",
    .family = &sg_question_family,
    .member = &(const sg_question){sg_row_isinf},
    .samples = SG_SAMPLES(SG_QUESTION_BY_HAND(SG_NUMBERS(0, 0, 0, 0, 0, 1, 1))),
};

sg_tensor *sg_isinf(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_isinf, 1, &x, NULL); }
