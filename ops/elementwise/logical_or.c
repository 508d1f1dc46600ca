// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_logical_or = {SG_LOGICAL(logical_or, "a or b is true", "a != 0 or b != 0", 0, 1, 1, 1, 1)};

sg_tensor *sg_logical_or(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_logical_or, 2, (sg_tensor *[]){a, b}, NULL);
}
