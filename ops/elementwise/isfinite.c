// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_isfinite = {
    SG_QUESTION(isfinite, "Whether an element is neither NaN nor an infinity. Every integer is.", "|x| < inf", 1, 1,
                1, 1, 0, 0, 0),
};

sg_tensor *sg_isfinite(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_isfinite, 1, &x, NULL);
}
