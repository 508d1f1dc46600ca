// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_logical_and = {SG_LOGICAL(logical_and, "a and b are both true", "a != 0 and b != 0", 0, 0, 0, 1, 1)};

sg_tensor *sg_logical_and(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_logical_and, 2, (sg_tensor *[]){a, b}, NULL);
}
