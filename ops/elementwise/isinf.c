// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_isinf = {
    SG_QUESTION(isinf, "Whether an element is an infinity. No integer is.", "x is inf or -inf", 0, 0, 0, 0, 0, 1,
                1),
};

sg_tensor *sg_isinf(sg_context *context, sg_tensor *x) { return sg_apply_one(context, &op_isinf, 1, &x, NULL); }
