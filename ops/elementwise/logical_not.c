// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/question.h"

const sg_op op_logical_not = {
    SG_QUESTION(logical_not, "Whether an element is not true.", "x == 0; NaN is not 0", 0, 0, 1, 1, 0, 0, 0),
};

sg_tensor *sg_logical_not(sg_context *context, sg_tensor *x) {
  return sg_apply_one(context, &op_logical_not, 1, &x, NULL);
}
