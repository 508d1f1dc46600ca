// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_le = {SG_COMPARISON(le, "less than or equal to", "<=", 1, 1, 0, 1)};

sg_tensor *sg_le(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_le, 2, (sg_tensor *[]){a, b}, NULL);
}
