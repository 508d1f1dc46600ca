// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_isnan = {
    SG_QUESTION(isnan, "Whether an element is NaN. No integer is.", "x is NaN", 0, 0, 0, 0, 1, 0, 0),
};

sg_tensor *sg_isnan(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_isnan, 1, &x, NULL); }
